<?php

declare(strict_types=1);

namespace Laraman\Bench;

/** The gateway role alone, which echoes every message itself. */
final class EchoGateway
{
    public readonly Server $server;

    public readonly int $port;

    /** Address to which its businesses send commands. */
    public readonly string $taskAddress;

    public function __construct(Machine $machine)
    {
        $this->port = $machine->freePort();
        $runtime = "$machine->scratch/gateway";
        if (! is_dir($runtime)) {
            mkdir($runtime);
        }
        $this->taskAddress = "unix:$runtime/task.sock";
        $this->server = new Server($machine, 'gateway', [
            $machine->laraman(), 'gateway', '--echo', '--loops', '1', '--port', (string) $this->port, '--runtime-dir', $runtime,
        ]);
        $this->server->waitForPort($this->port);
    }

    /** @return array<string, list<int>> */
    public function roles(): array
    {
        return ['gateway' => [$this->server->pid()]];
    }
}
