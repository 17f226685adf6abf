<?php

declare(strict_types=1);

namespace App\Sockets\Bench;

use Laraman\Connection;
use Laraman\Message;
use Laraman\SocketHandler;

/**
 * Sends each message back.
 */
final class EchoSocket extends SocketHandler
{
    public function message(Connection $connection, Message $message): void
    {
        $message->isBinary() ? $connection->binary($message->bytes()) : $connection->raw($message->text());
    }
}
