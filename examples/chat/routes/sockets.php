<?php

declare(strict_types=1);

use App\Sockets\Bench\EchoSocket;
use App\Sockets\Bench\FanOutSocket;
use App\Sockets\ChatSocket;
use Laraman\Facades\Socket;

Socket::route('/chat/{room}', ChatSocket::class)->middleware(['web', 'auth'])->name('chat');

// For `./dev bench`: minimal handlers.
if (app()->environment('bench')) {
    Socket::route('/bench/echo', EchoSocket::class);
    Socket::route('/bench/fan-out', FanOutSocket::class);
    Socket::route('/bench/private', EchoSocket::class)->middleware(['web', 'auth']);
}
