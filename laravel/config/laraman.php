<?php

declare(strict_types=1);

return [

    /*
    |--------------------------------------------------------------------------
    | The server's program
    |--------------------------------------------------------------------------
    |
    | Path of the `laraman` binary. Left null, it is looked for in the
    | environment (LARAMAN_BINARY), in vendor/bin and in the PATH.
    |
    */

    'binary' => null,

    /*
    |--------------------------------------------------------------------------
    | Server
    |--------------------------------------------------------------------------
    |
    | What `php artisan laraman start` passes on to the program as flags: each
    | key is the flag of the same name (max_requests is --max-requests). A null
    | leaves the program's own default; an option typed on the command line
    | wins over the value here.
    |
    */

    'server' => [
        'host' => env('LARAMAN_HOST', '127.0.0.1'),
        'port' => env('LARAMAN_PORT', 8000),
        'workers' => env('LARAMAN_WORKERS', 'auto'),      // "auto": twice the number of cores; "2..8": as many as are busy
        'socket_workers' => env('LARAMAN_SOCKET_WORKERS', 0), // further ones, for socket events only; 0: all take all
        'loops' => env('LARAMAN_LOOPS', 'auto'),          // event loops; "auto": one per core
        'max_requests' => env('LARAMAN_MAX_REQUESTS', 0), // a worker is replaced after so many jobs; 0: never
        'max_memory' => env('LARAMAN_MAX_MEMORY', 0),     // MiB of its own above which a worker is replaced; 0: never
        'max_time' => env('LARAMAN_MAX_TIME', 60),        // seconds that a job may last, then 504; 0: for ever
        'public' => public_path(),                        // static files are served from here without PHP
        'heartbeat' => 25,                                // seconds between pings; a silent client is closed after two
        'max_message_bytes' => 1048576,                   // a larger message from a client closes its socket (1009)
        'body_dir' => env('LARAMAN_BODY_DIR', '/tmp'),    // for request bodies of more than 64 KiB, while they come
        'max_body_bytes' => 2147483648,                   // a request with a larger body gets 413 (php.ini has limits of its own)
        'http_compression' => 'on',                       // of responses, by gzip or br: "on" or "off"
        'sendfile' => [],                                 // directories for X-Sendfile and X-Accel-Redirect; []: storage/app
        'access_log' => 'off',                            // a line for each request: "off", "common" or "json"
        'access_log_file' => storage_path('logs/access.log'),
        'allow_origin' => [],                             // other origins whose pages may open sockets: ['https://app.example.com']
        'tls_certificate' => [],                          // PEM files for https and wss, and
        'tls_key' => [],                                  // the key of each
        'proxy_trusted' => [],                            // proxies in front, for their X-Forwarded-*: ['10.0.0.0/8']
        'subprotocol' => [],                              // WebSocket sub-protocols that are answered where a route names none
        'compression_mode' => 'off',                      // of WebSocket messages: "off", "shared" or "context"
        'queue_timeout' => 30,                            // seconds a request waits for a free worker, then 503
        'stop_timeout' => 10,                             // seconds that a graceful stop may take
        'log_level' => null,
        'ini' => [],                                      // php.ini settings of the workers: ['memory_limit' => '256M']
        'watch_path' => [],                               // for --watch; left empty: app, bootstrap, config, routes, …, .env
        'user' => null,                                   // whom the server runs as, if root starts it for a port below 1024
        'group' => null,                                  // the user's own
        'runtime_dir' => storage_path('framework/laraman'),
        'pid_file' => storage_path('laraman.pid'),
        'log_file' => storage_path('logs/laraman.log'),
    ],

    /*
    |--------------------------------------------------------------------------
    | Gateway
    |--------------------------------------------------------------------------
    |
    | How PHP outside the resident workers (php-fpm, queue workers, tinker)
    | reaches the gateway: its task socket, a Unix path or "tcp://host:port".
    | Workers use the link that they have anyway. Times are in seconds.
    |
    */

    'gateway' => [
        'socket' => env('LARAMAN_TASK_SOCKET', storage_path('framework/laraman/task.sock')),
        'secret' => env('LARAMAN_NETSVR_SECRET'), // what the gateway wants to hear first over TCP
        'connect_timeout' => 1.0,
        'timeout' => 5.0,      // for the answer to a query or the confirmation of a command
        'persistent' => true,  // under php-fpm the socket outlives the request
    ],

    /*
    |--------------------------------------------------------------------------
    | Further gateways
    |--------------------------------------------------------------------------
    |
    | Gateways that speak netsvr's protocol, beside the server's own. Each
    | resident worker connects to all of them and hands their events to the
    | handler class (onOpen, onMessage, onClose); the NetBus facade commands
    | them. A gateway is an address, or an array with "worker" and "task"
    | address and settings of its own; settings with names are for all:
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
    | The application is booted once and answers many requests. Services in
    | `warm` are resolved before the first one; those in `flush` are forgotten
    | after each, for singletons of yours that hold something of a request.
    |
    */

    'worker' => [
        'warm' => [],
        'flush' => [],
        'disconnect_database' => false,  // close database connections after each request
    ],

];
