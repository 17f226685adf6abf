<?php

declare(strict_types=1);

namespace Laraman\Socket;

use SessionHandlerInterface;

/**
 * Writes only existing sessions. Otherwise a handler could recreate a session that a log-out has destroyed meanwhile.
 */
final class ExistingSessions implements SessionHandlerInterface
{
    /** Whether the session existed when it was last read. */
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
