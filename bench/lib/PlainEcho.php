<?php

declare(strict_types=1);

namespace Laraman\Bench;

/** bench/entry_echo.php under a complete Laraman server: supervisor, gateway and workers. */
final class PlainEcho
{
    public readonly Server $server;

    public readonly int $port;

    public function __construct(Machine $machine)
    {
        $this->port = $machine->freePort();
        $this->server = new Server($machine, 'plain', [
            $machine->laraman(), 'start',
            '--entry', dirname(__DIR__).'/entry_echo.php',
            '--port', (string) $this->port,
            '--loops', '1',
            '--workers', (string) Laraman::WORKERS,
            '--runtime-dir', "$machine->scratch/plain",
            '--pid-file', "$machine->scratch/plain.pid",
        ]);
        $this->server->waitForAnswer("http://127.0.0.1:$this->port/");
    }

    /** @return array<string, list<int>> */
    public function roles(): array
    {
        return $this->server->roles(['gateway' => 'laraman gateway', 'php' => 'laraman-php']);
    }
}
