<?php

declare(strict_types=1);

namespace Laraman\Tests\App\Sockets;

use Illuminate\Contracts\Config\Repository;
use Laraman\Connection;
use Laraman\Message;
use Laraman\SocketHandler;
use Laraman\Tests\App\Models\Room;

/** Takes a bound model, and a service from the container. */
final class RoomSocket extends SocketHandler
{
    public function open(Connection $connection, Room $room): void
    {
        $connection->send('room', $room->name);
    }

    public function message(Connection $connection, Room $room, Message $message, Repository $config): void
    {
        $connection->send('in', [$room->name, $message->text(), $config->get('app.name')]);
    }
}
