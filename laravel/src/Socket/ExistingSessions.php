<?php

declare(strict_types=1);

namespace Laraman\Socket;

use SessionHandlerInterface;

/**
 * Writes only sessions that there are: one that a log-out has destroyed while a handler had it would come back.
 */
final class ExistingSessions implements SessionHandlerInterface
{
    public function __construct(private readonly SessionHandlerInterface $handler)
    {
    }

    public function has(string $id): bool
    {
        return ! in_array($this->handler->read($id), ['', false], true);
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
        return $this->handler->read($id);
    }

    public function write(string $id, string $data): bool
    {
        return $this->has($id) && $this->handler->write($id, $data);
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
