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
        'host' => null,                        // address to listen on, or "unix:/path" (127.0.0.1)
        'port' => null,                        // port for HTTP and WebSocket (8000)
        'socket_mode' => null,                 // permissions of the file of "unix:/path": 0660 or '0660' ('0660')
        'workers' => null,                     // "auto": two for each core; "2..8": as many of them as are busy (auto)
        'socket_workers' => null,              // further ones, for socket events only; 0: all take all (0)
        'loops' => null,                       // event loops; "auto": one for each core (auto)
        'public' => null,                      // static files are served from here without PHP (public_path())
        'sendfile' => null,                    // directories for X-Sendfile and X-Accel-Redirect (storage/app)
        'max_requests' => null,                // a worker is replaced after this number of jobs; 0: never (0)
        'max_memory' => null,                  // MiB of its own above which a worker is replaced; 0: never (0)
        'max_time' => null,                    // seconds that a job may last, then 504; 0: no limit (60)
        'abort_grace' => null,                 // seconds that a job may go on writing after its client has gone (10)
        'ini' => null,                         // php.ini settings of the workers: ['memory_limit' => '256M']
        'php' => null,                         // the PHP that runs artisan (the one of this command)
        'script' => null,                      // what each worker runs (the package's worker)
        'queue_timeout' => null,               // seconds that a request waits for a free worker, then 503 (30)
        'max_request_line_bytes' => null,      // a longer request line gets 414 (8 KiB)
        'max_header_bytes' => null,            // a request with more bytes in its header lines gets 431 (64 KiB)
        'max_headers' => null,                 // a request with more header lines gets 431 (128)
        'max_body_bytes' => null,              // a request with a larger body gets 413; php.ini has limits of its own (2 GiB)
        'body_dir' => null,                    // for request bodies of more than 64 KiB while they arrive (/tmp)
        'spool_memory_bytes' => null,          // of a response that its client has not taken; more of it waits in a file (64 KiB)
        'spool_bytes' => null,                 // of that file, in body_dir; above it the worker waits for the client (1 GiB)
        'spool_total_bytes' => null,           // of all such files; above it the slowest client is disconnected (4 GiB)
        'http_compression' => null,            // of responses, by gzip or br: "on" or "off" (on)
        'http_compression_threshold' => null,  // bytes; shorter responses are not compressed (1024)
        'http_compression_level' => null,      // 1, fastest, to 9, smallest (4)
        'access_log' => null,                  // a line for each request: "off", "common" or "json" (off)
        'access_log_file' => null,             // where to; "-": standard output (storage/logs/access.log)
        'heartbeat' => null,                   // seconds between pings; a client silent for two is closed (25)
        'heartbeat_message' => null,           // a client's message that only shows that it is there
        'max_message_bytes' => null,           // a larger message from a client closes its socket with 1009 (1 MiB)
        'allow_origin' => null,                // other origins whose pages may open sockets: ['https://app.example.com']
        'websocket_path' => null,              // paths of WebSockets: ['/app/*'] (every path)
        'subprotocol' => null,                 // WebSocket sub-protocols that are answered where a route names none
        'compression_mode' => null,            // of WebSocket messages: "off", "shared" or "context" (off)
        'compression_level' => null,           // 1, fastest, to 9, smallest (3)
        'compression_threshold' => null,       // bytes; shorter messages are not compressed (256)
        'compression_window_bits' => null,     // 9 to 15: less or more memory (15)
        'max_connections' => null,             // WebSocket connections at once; 0: no limit, as below (0)
        'max_waiting_closes' => null,          // ends of connections that wait for the application; above it handshakes get 503 (100000)
        'limit_opens' => null,                 // WebSocket handshakes a second (0)
        'limit_messages' => null,              // messages of all clients a second (0)
        'limit_window_messages' => null,       // messages of one client in each window of time (0)
        'limit_window' => null,                // seconds of that window (1)
        'limit_first_messages' => null,        // messages of one client before its first window (0)
        'limit_action' => null,                // "drop" a message over a limit, or "close" its client (drop)
        'tls_certificate' => null,             // PEM files for https and wss, and
        'tls_key' => null,                     // the key of each (in the same file)
        'proxy_trusted' => null,               // proxies in front, for their X-Forwarded-*: ['10.0.0.0/8']
        'proxy_protocol' => null,              // each connection begins with a PROXY header: "on" or "off" (off)
        'metrics_listen' => null,              // address where /metrics is served for Prometheus (nowhere)
        'stop_timeout' => null,                // seconds that a graceful stop may take (10)
        'start_timeout' => null,               // seconds that gateway and workers may take to be ready (60)
        'role_timeout' => null,                // seconds; a gateway or PHP pool that answers nothing for longer is replaced (30)
        'user' => null,                        // user that the server runs as; root takes it from --user, LARAMAN_USER or laraman.toml only
        'group' => null,                       // the user's own
        'runtime_dir' => null,                 // sockets between the processes (storage/framework/laraman)
        'pid_file' => null,                    // (storage/laraman.pid)
        'log_file' => null,                    // of a server in the background (storage/logs/laraman.log)
        'log_level' => null,                   // "debug", "info", "warning" or "error" (info)
        'watch_path' => null,                  // for --watch (app, bootstrap, config, routes, …, .env)
        'worker_socket' => null,               // worker port (worker.sock in runtime_dir)
        'task_socket' => null,                 // task port (task.sock in runtime_dir)
        'gateway_id' => null,                  // IPv4:port, the address in connection ids
        'netsvr_worker_listen' => null,        // further worker port for netsvr businesses, host:port
        'netsvr_task_listen' => null,          // further task port for them
        'netsvr_read_timeout' => null,         // seconds; a business that sends no whole frame for longer is disconnected (120)
        'netsvr_affinity_timeout' => null,     // seconds after which a connection without events may go to another business (5)
        'netsvr_heartbeat' => null,            // text of a business's heartbeat
        'netsvr_task_heartbeat' => null,       // the same at the task ports
        'netsvr_max_frame_bytes' => null,      // a business's larger frame disconnects it (2 MiB)
        'netsvr_protocol' => null,             // of businesses on TCP: 3 to 6 (6)
        'netsvr_secret' => null,               // what businesses on TCP must send first
        'netsvr_secret_file' => null,          // a file with it
        'netsvr_allow' => null,                // networks that businesses on TCP may come from (everywhere)
        'netsvr_message_type' => null,         // of messages from businesses that do not say it: "text" or "binary" (text)
        'netsvr_metrics' => null,              // items of netsvr's Metrics command (all)
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
