<?php

declare(strict_types=1);

namespace Laraman\Tests\App\Sockets;

use Laraman\Connection;
use Laraman\Message;
use Laraman\SocketHandler;
use Laraman\Tests\App\Models\Room;

/** open() takes the model, message() takes the text from the URL. */
final class TalkSocket extends SocketHandler
{
    public function open(Room $room): void
    {
    }

    public function message(Connection $connection, Message $message, string $room): void
    {
        $connection->send('talk', $room);
    }
}
