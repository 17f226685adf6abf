<?php

declare(strict_types=1);

namespace Laraman\Tests\App\Sockets;

use Closure;
use Laraman\Connection;
use Laraman\Message;
use Laraman\SocketHandler;
use LogicException;

/** Calls a test's closure. */
final class ProbeSocket extends SocketHandler
{
    /** @var null|Closure(Connection, string, ?Message): mixed */
    public static ?Closure $probe = null;

    public function open(Connection $connection, string $what): mixed
    {
        return $this->run($connection, $what, null);
    }

    public function message(Connection $connection, Message $message, string $what): void
    {
        $this->run($connection, $what, $message);
    }

    public function close(Connection $connection, string $what): void
    {
        $this->run($connection, $what, null);
    }

    private function run(Connection $connection, string $what, ?Message $message): mixed
    {
        return self::$probe === null ? throw new LogicException('No probe.') : (self::$probe)($connection, $what, $message);
    }
}
