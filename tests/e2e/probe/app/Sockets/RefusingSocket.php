<?php

declare(strict_types=1);

namespace App\Sockets;

use Laraman\Connection;
use Laraman\SocketHandler;
use RuntimeException;

final class RefusingSocket extends SocketHandler
{
    public function open(int $status): void
    {
        if ($status === 500) {
            throw new RuntimeException('thrown in open()');
        }

        if ($status !== 200) {
            abort($status, "refused with $status");
        }
    }

    public function message(Connection $connection, int $status): void
    {
        $connection->send('parameter', $status);
    }
}
