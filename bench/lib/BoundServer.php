<?php

declare(strict_types=1);

namespace Laraman\Bench;

/** The bare TCP server on epoll that sends its input back to the client, or to all clients. */
final class BoundServer
{
    public readonly Server $server;

    public readonly int $port;

    public function __construct(Machine $machine, string ...$arguments)
    {
        $this->port = $machine->freePort();
        $this->server = new Server($machine, 'echo_bound', [$machine->tool('echo_bound'), '--port', (string) $this->port, ...$arguments]);
        $this->server->waitForPort($this->port);
    }

    /** @return array<string, list<int>> */
    public function roles(): array
    {
        return ['bound' => [$this->server->pid()]];
    }
}
