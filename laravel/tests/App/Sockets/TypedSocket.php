<?php

declare(strict_types=1);

namespace Laraman\Tests\App\Sockets;

use Laraman\Connection;
use Laraman\Message;
use Laraman\SocketHandler;

/** Declares parameters with types other than string. */
final class TypedSocket extends SocketHandler
{
    public function open(Connection $connection, int $number, Suit $suit): void
    {
        $connection->send('open', [$number, $suit]);
    }

    public function message(Connection $connection, Message $message, int $number, Suit $suit): void
    {
        $connection->send('message', [$number, $suit]);
    }

    public function close(Connection $connection, int $number): void
    {
        $connection->send('close', $number);
    }
}
