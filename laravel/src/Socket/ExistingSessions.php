<?php

declare(strict_types=1);

namespace Laraman\Socket;

use SessionHandlerInterface;

/**
 * Writes only sessions that there are: one that a log-out has destroyed while a handler had it would come back.
 */
final class ExistingSessions implements SessionHandlerInterface
{
    /** Whether there was a session when one was last read. */
    public bool $found = false;

    public function __construct(private readonly SessionHandlerInterface $handler)
    {
    }

    public function open(string $path, string $name): bool
    {
        return $this->handler->open($path, $name);
    }

    public function close(): bool
    {
        return $this->handler->close();
    }

    public function read(string $id): string|false
    {
        $data = $this->handler->read($id);
        $this->found = $data !== '' && $data !== false;

        return $data;
    }

    public function write(string $id, string $data): bool
    {
        $this->read($id);

        return $this->found && $this->handler->write($id, $data);
    }

    public function destroy(string $id): bool
    {
        return $this->handler->destroy($id);
    }

    public function gc(int $max_lifetime): int|false
    {
        return $this->handler->gc($max_lifetime);
    }
}
