<?php

declare(strict_types=1);

use Laraman\Facades\Socket;
use Laraman\Tests\App\Sockets\ChatSocket;
use Laraman\Tests\App\Sockets\ProbeSocket;
use Laraman\Tests\App\Sockets\RoomSocket;
use Laraman\Tests\App\Sockets\SilentSocket;
use Laraman\Tests\App\Sockets\TypedSocket;

Socket::route('/chat/{room}', ChatSocket::class)->middleware(['web', 'auth'])->name('chat');
Socket::route('/open/{room?}', ChatSocket::class);
Socket::route('/admin/{room}', ChatSocket::class)->middleware(['web', 'auth:admin']);
Socket::route('/rooms/{room}', RoomSocket::class)->middleware('web');
Socket::route('/typed/{number}/{suit}', TypedSocket::class);
Socket::route('/silent', SilentSocket::class);
Socket::route('/probe/{what}', ProbeSocket::class)->middleware('web');
Socket::route('/guarded/{what}', ProbeSocket::class)->messageMiddleware('count.messages')->messageMiddleware(['auth']);
Socket::route('/counted/{what}', ProbeSocket::class)->messageMiddleware('count.messages');
