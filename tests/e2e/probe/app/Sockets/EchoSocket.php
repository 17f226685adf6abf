<?php

declare(strict_types=1);

namespace App\Sockets;

use Laraman\Connection;
use Laraman\Message;
use Laraman\SocketHandler;

final class EchoSocket extends SocketHandler
{
    public function message(Connection $connection, Message $message): void
    {
        $message->isBinary() ? $connection->binary($message->bytes()) : $connection->raw($message->text());
    }
}
