<?php

declare(strict_types=1);

namespace Laraman\Tests\App\Sockets;

use Illuminate\Http\Request;
use Laraman\Connection;
use Laraman\Facades\Gateway;
use Laraman\Message;
use Laraman\SocketHandler;

/** The handler of the README. */
final class ChatSocket extends SocketHandler
{
    public function open(Connection $connection, Request $request, string $room = 'lobby'): void
    {
        $connection->join("room.$room");
        $connection->send('welcome', ['room' => $room, 'method' => $request->method()]);
    }

    public function message(Connection $connection, Message $message, string $room = 'lobby'): void
    {
        ['text' => $text] = $message->validate(['text' => ['required', 'string', 'max:10']]);

        Gateway::channel("room.$room")->except($connection)->send('said', ['text' => $text]);
    }

    public function close(Connection $connection): void
    {
        Gateway::all()->send('left', ['id' => $connection->id, 'user' => $connection->userId()]);
    }
}
