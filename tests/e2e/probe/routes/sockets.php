<?php

declare(strict_types=1);

use App\Sockets\CountSocket;
use App\Sockets\DatabaseSocket;
use App\Sockets\EchoSocket;
use App\Sockets\FaultySocket;
use App\Sockets\LeakSocket;
use App\Sockets\PrintingSocket;
use App\Sockets\RefusingSocket;
use Laraman\Facades\Socket;

Socket::route('/echo', EchoSocket::class);
Socket::route('/count', CountSocket::class);
Socket::route('/databases', DatabaseSocket::class);
Socket::route('/own/count', CountSocket::class)->middleware(['web', 'auth']);
Socket::route('/faulty', FaultySocket::class);
Socket::route('/printing', PrintingSocket::class);
Socket::route('/refusing/{status}', RefusingSocket::class);
Socket::route('/leaks/{name}/socket', LeakSocket::class)->middleware(['web', 'auth']);
