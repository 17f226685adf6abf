<?php

declare(strict_types=1);

use App\Sockets\ChatSocket;
use Laraman\Facades\Socket;

/*
| Socket routes are Laravel routes: middleware, parameters, model binding,
| names and throttling work as they do for pages. The middleware runs once,
| when a client connects; messageMiddleware() adds middleware that runs for
| each message.
*/

// Socket::route('/chat/{room}', ChatSocket::class)->middleware(['web', 'auth']);
