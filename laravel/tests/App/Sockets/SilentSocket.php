<?php

declare(strict_types=1);

namespace Laraman\Tests\App\Sockets;

use Laraman\SocketHandler;

/** Has no methods: accepts every client, and sends nothing. */
final class SilentSocket extends SocketHandler
{
}
