<?php

declare(strict_types=1);

namespace App\Sockets\Bench;

use Laraman\Connection;
use Laraman\Facades\Gateway;
use Laraman\Message;
use Laraman\SocketHandler;

/**
 * Sends each message to all connections, including its sender.
 */
final class FanOutSocket extends SocketHandler
{
    private const CHANNEL = 'bench.fan-out';

    public function open(Connection $connection): void
    {
        $connection->join(self::CHANNEL);
    }

    public function message(Message $message): void
    {
        $channel = Gateway::channel(self::CHANNEL);
        $message->isBinary() ? $channel->binary($message->bytes()) : $channel->raw($message->text());
    }
}
