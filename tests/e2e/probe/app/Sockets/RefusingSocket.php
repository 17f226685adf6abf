<?php

declare(strict_types=1);

namespace App\Sockets;

use Laraman\SocketHandler;
use RuntimeException;

final class RefusingSocket extends SocketHandler
{
    public function open(int $status): void
    {
        if ($status === 500) {
            throw new RuntimeException('thrown in open()');
        }

        abort($status, "refused with $status");
    }
}
