<?php

declare(strict_types=1);

return [

    /*
    |--------------------------------------------------------------------------
    | The server's program
    |--------------------------------------------------------------------------
    |
    | Path of the `laraman` binary. With null, the package looks for it in
    | LARAMAN_BINARY (from the environment or .env), in vendor/bin and in the PATH.
    |
    */

    'binary' => null,

    /*
    |--------------------------------------------------------------------------
    | Server
    |--------------------------------------------------------------------------
    |
    | Every setting of the server. The server reads them at its start and at each
    | reload. With null, laraman.toml decides, or else the default in parentheses.
    | The order of precedence is: flags, LARAMAN_… variables of the environment
    | (LARAMAN_MAX_REQUESTS), the same variables in .env, this file.
    |
    */

    'server' => [
        'host' => null,                        // Address of the public port: an IP address, a host name, or "unix:/path" for a proxy on this machine (127.0.0.1)
        'port' => null,                        // TCP port of the public port (8000)
        'socket_mode' => null,                 // Permissions of the socket file, where host is "unix:/path" (0660)
        'workers' => null,                     // PHP workers, 1 to 1000; "2..8": two, and up to eight while all are busy; "auto": two for each core (auto)
        'socket_workers' => null,              // Further workers that take socket events only; the other workers then take requests only (0)
        'loops' => null,                       // Event loops of the gateway, 1 to 255; "auto": one for each core (auto)
        'public' => null,                      // Directory of static files, which are served without PHP (public)
        'max_requests' => null,                // Requests and events after which a worker is replaced; 0: never (0)
        'max_memory' => null,                  // MiB of memory of its own above which a worker is replaced; 0: never (0)
        'max_time' => null,                    // Seconds that a job may last; 0: no limit (60)
        'abort_grace' => null,                 // Seconds that a job may go on writing after its client has gone (10)
        'ini' => null,                         // php.ini settings of the workers, by name: ['memory_limit' => '256M']
        'allow_origin' => null,                // Further origins whose pages may open WebSockets, besides that of the page's own host: ['https://app.example.com']
        'tls_certificate' => null,             // PEM files of certificates for https and wss, each with its chain
        'tls_key' => null,                     // PEM files of the keys, one for each certificate, in the same order (in the certificates' files)
        'proxy_trusted' => null,               // Networks and addresses of proxies in front whose "X-Forwarded-*" and PROXY headers count: ['10.0.0.0/8']
        'proxy_protocol' => null,              // Whether each connection begins with a PROXY header: "on" or "off" (off)
        'websocket_path' => null,              // Paths of WebSockets, where the application has no socket routes: ['/app/*'] (every path)
        'subprotocol' => null,                 // WebSocket sub-protocols that are answered where the application names none
        'max_request_line_bytes' => null,      // Bytes of a request line; a longer one gets 414 (8 KiB)
        'max_header_bytes' => null,            // Bytes of a request's header lines; a request with more gets 431 (64 KiB)
        'max_headers' => null,                 // Number of a request's header lines; a request with more gets 431 (128)
        'max_body_bytes' => null,              // Bytes of a request's body; a request with a larger one gets 413, and php.ini has limits of its own (2 GiB)
        'body_dir' => null,                    // Directory of temporary files (/tmp)
        'spool_memory_bytes' => null,          // Bytes of a response that its client has not taken, in memory; more of it waits in a file in body_dir (64 KiB)
        'spool_bytes' => null,                 // Bytes of the file of one response; above it, its worker waits for the client (1 GiB)
        'spool_total_bytes' => null,           // Bytes of the files of all responses; above it workers wait, and the slowest client is disconnected (4 GiB)
        'http_compression' => null,            // Whether responses of text, JSON and the like are compressed by gzip or br: "on" or "off" (on)
        'http_compression_threshold' => null,  // Bytes below which a response is not compressed (1024)
        'http_compression_level' => null,      // Level of the compression of responses: 1, fastest, to 9, smallest (4)
        'sendfile' => null,                    // Directories whose files "X-Sendfile" and "X-Accel-Redirect" may name (storage/app of the application, as "/storage/app/")
        'access_log' => null,                  // A line for each request: "off", "common" (the Common Log Format) or "json" (off)
        'access_log_file' => null,             // File of the access log; "-": standard output (storage/logs/access.log)
        'compression_mode' => null,            // Compression of WebSocket messages by permessage-deflate: "off", "shared" or "context" (off)
        'compression_level' => null,           // Level of the compression of messages: 1, fastest, to 9, smallest (3)
        'compression_threshold' => null,       // Bytes below which a message is not compressed (256)
        'compression_window_bits' => null,     // 9 to 15: the compression of messages looks back at most 2 to this power of bytes (15)
        'heartbeat' => null,                   // Seconds between pings; a client that is silent for two of them is closed (25)
        'heartbeat_message' => null,           // Text of a client's message that only shows that the client is there; it reaches no business (none)
        'max_message_bytes' => null,           // Bytes of a client's message; a larger one closes its connection with 1009 (1 MiB)
        'metrics_listen' => null,              // Address where "/metrics" is served for Prometheus, such as "127.0.0.1:9100" (nowhere)
        'netsvr_metrics' => null,              // Items that netsvr's command Metrics answers, 1 to 13: [1, 2] (all)
        'max_connections' => null,             // WebSocket connections at once; one more is closed with 1013 (0)
        'max_waiting_closes' => null,          // Ends of connections that wait for the application; above it WebSocket handshakes get 503 (100000)
        'limit_opens' => null,                 // WebSocket handshakes a second; those above it are closed with 1013 (0)
        'limit_messages' => null,              // Messages of all clients together a second (0)
        'limit_window_messages' => null,       // Messages of one client in each window of time, after its first ones (0)
        'limit_window' => null,                // Seconds of a window of time, for limit_window_messages (1)
        'limit_first_messages' => null,        // Messages of one client that are free, before its first window (0)
        'limit_action' => null,                // What becomes of a message over a limit: "drop" it, or "close" its client (drop)
        'queue_timeout' => null,               // Seconds that a request waits for a free worker; then it gets 503 (30)
        'stop_timeout' => null,                // Seconds that a graceful stop may take; 0: at once (10)
        'start_timeout' => null,               // Seconds for the gateway and the workers to be ready at a start (60)
        'role_timeout' => null,                // Seconds in which a gateway or PHP pool must answer one of ten pings; a silent one is killed and started again (30)
        'runtime_dir' => null,                 // Directory of the sockets between the processes (storage/framework/laraman)
        'pid_file' => null,                    // File with the process id of the server (storage/laraman.pid)
        'user' => null,                        // User of the server, if root starts it; root takes it from "--user", "LARAMAN_USER" or "laraman.toml" only (the one that starts it)
        'group' => null,                       // Group of the server, if root starts it (the user's)
        'log_file' => null,                    // Log of a server in the background, "laraman start -d" (storage/logs/laraman.log)
        'watch_path' => null,                  // Files, and directories with all code in them, that "laraman start --watch" looks at (app, bootstrap, config, database, lang, resources, routes, composer.lock and .env)
        'log_level' => null,                   // Least severe line that is logged: "debug", "info", "warning" or "error" (info)
        'worker_socket' => null,               // Address of the worker port, where the workers register (worker.sock in runtime_dir)
        'task_socket' => null,                 // Address of the task port, to which PHP outside the workers sends its commands: a path, or "host:port" (task.sock in runtime_dir)
        'php' => null,                         // PHP that runs artisan, and has the version of the workers (the PHP of "php artisan laraman", else php in the PATH)
        'script' => null,                      // PHP file that each worker runs (the worker of the Laravel package)
        'gateway_id' => null,                  // Address in connection ids, "IPv4:port" (netsvr_task_listen, else task_socket, if that is "IPv4:port")
        'netsvr_worker_listen' => null,        // Further worker port for netsvr businesses, "host:port"
        'netsvr_task_listen' => null,          // Further task port for netsvr businesses, "host:port"
        'netsvr_read_timeout' => null,         // Seconds without a whole frame, not even a heartbeat, after which a business on TCP is disconnected; 0: never (120)
        'netsvr_affinity_timeout' => null,     // Seconds without events after which a connection may go to another business, of those that do not acknowledge events (5)
        'netsvr_heartbeat' => null,            // Text of a business's heartbeat (~6YOt5rW35piO~)
        'netsvr_task_heartbeat' => null,       // Text of a heartbeat at the task ports, where it differs (that of the worker ports)
        'netsvr_max_frame_bytes' => null,      // Bytes of a business's frame, at least 4; a larger one disconnects it (2 MiB)
        'netsvr_protocol' => null,             // Protocol of businesses on TCP, 3 to 6 (6)
        'netsvr_secret' => null,               // Text that businesses on TCP must send before anything else, in an Authenticate command
        'netsvr_secret_file' => null,          // File whose first line is the secret of businesses on TCP, netsvr_secret
        'netsvr_allow' => null,                // Networks that businesses on TCP may come from: ['10.0.0.0/8'] (everywhere)
        'netsvr_message_type' => null,         // Type of the messages that clients get from businesses that do not name one: "text" or "binary" (text)
    ],

    /*
    |--------------------------------------------------------------------------
    | Gateway
    |--------------------------------------------------------------------------
    |
    | How PHP outside the resident workers (php-fpm, queue workers, tinker)
    | reaches the gateway: its task socket, a Unix path or "tcp://host:port".
    | With null, it is the socket of this application's server, which follows
    | from the settings `task_socket` and `runtime_dir` above or in LARAMAN_…
    | variables. Workers use their own link. Times are in seconds.
    |
    */

    'gateway' => [
        'socket' => null,
        'secret' => env('LARAMAN_NETSVR_SECRET'), // shared secret that the gateway requires over TCP
        'connect_timeout' => 1.0,
        'timeout' => 5.0,      // for the answer to a query or the confirmation of a command
        'persistent' => true,  // under php-fpm the socket outlives the request
    ],

    /*
    |--------------------------------------------------------------------------
    | Further gateways
    |--------------------------------------------------------------------------
    |
    | Gateways that speak netsvr's protocol, beside the server's own gateway. Each
    | resident worker connects to all of them and passes their events to the
    | handler class (onOpen, onMessage, onClose); the NetBus facade sends commands
    | to them. A gateway is an address, or an array with "worker" and "task"
    | address and its own settings; settings with names apply to all gateways:
    |
    |   'gateways' => ['handler' => App\Chat::class, '10.0.0.1:6061', '10.0.0.2:6061'],
    |
    */

    'gateways' => [],

    /*
    |--------------------------------------------------------------------------
    | Resident worker
    |--------------------------------------------------------------------------
    |
    | The application is booted once and answers many requests. With "isolation"
    | set to "snapshot", PHP's state is restored after each job to what it was
    | after booting, so that no job sees the state of another. With "none" the
    | state stays. Services in `warm` are resolved before the first job. State
    | that is to live on is named in `persist`, as "Class::$property"; your own
    | classes can have the attribute Laraman\Persist instead.
    |
    */

    'worker' => [
        'isolation' => 'snapshot',
        'warm' => [],
        'persist' => [],
    ],

];
