<?php

declare(strict_types=1);

namespace App\Sockets;

use Laraman\Connection;
use Laraman\Message;
use Laraman\SocketHandler;
use RuntimeException;

final class FaultySocket extends SocketHandler
{
    public function message(Connection $connection, Message $message): void
    {
        match ($message->text()) {
            'throw' => throw new RuntimeException('thrown in a socket handler'),
            'close' => $connection->close(4001, 'as it wished'),
            'close, then throw' => $connection->close(4002, 'before it failed') && throw new RuntimeException('thrown after a close'),
            'send, then throw' => $connection->raw('sent before') && throw new RuntimeException('thrown after a send'),
            'validate' => $message->validate(['text' => 'required']),
            'memory' => $connection->raw(str_repeat('x', 1 << 40)),
            'exit' => exit,
            'dump' => dump(['seen' => '<b>']),
            'fatal' => $this->fatal(),
            'exhaust' => $this->exhaust(),
            'segfault' => posix_kill(getmypid(), SIGSEGV),
            'sleep' => sleep(60),
            'pid' => $connection->raw((string) getmypid()),
            default => $connection->raw('fine'),
        };
    }

    /** Declares an existing class: no exception handler sees this error. */
    private function fatal(): void
    {
        eval('class stdClass {}');
    }

    private function exhaust(): void
    {
        $all = [];

        while (true) {
            $all[] = str_repeat('x', 1 << 16);
        }
    }
}
