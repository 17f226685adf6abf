<?php

declare(strict_types=1);

namespace App\Sockets;

use App\Leaks\Leaks;
use Illuminate\Support\Facades\Auth;
use Illuminate\Support\Facades\Cookie;
use Illuminate\Support\Facades\Gate;
use Laraman\Connection;
use Laraman\Message;
use Laraman\SocketHandler;

final class LeakSocket extends SocketHandler
{
    public function message(Connection $connection, Message $message, string $name): void
    {
        $found = Leaks::found($name);
        $own = [
            'user' => Auth::user()?->name,
            'user of the connection' => $connection->user()?->name,
            'gate' => Gate::allows('be', $name),
            'session' => $connection->laravelSession()?->get('mark'),
            'header' => request()->header('X-Mark'),
            'path' => request()->path(),
            'view' => view('who')->render(),
            'message' => $message->text(),
        ];

        Leaks::leave($name);
        Cookie::queue('mark', "$name, by a socket");
        $connection->send('leaks', ['found' => $found, 'own' => $own, 'pid' => getmypid()]);
    }
}
