<?php

declare(strict_types=1);

namespace Laraman\Bench;

/** The example application under a complete Laraman server: supervisor, gateway and workers. */
final class Laraman
{
    public const WORKERS = 2;

    public readonly Server $server;

    public readonly int $port;

    public function __construct(Machine $machine, ExampleApplication $application)
    {
        $this->port = $machine->freePort();
        $this->server = new Server($machine, 'laraman', [
            $machine->laraman(), 'start',
            '--app', $machine->example,
            '--port', (string) $this->port,
            '--loops', '1',
            '--workers', (string) self::WORKERS,
            '--runtime-dir', "$machine->scratch/run",
            '--pid-file', "$machine->scratch/laraman.pid",
        ], $application->environment());
        $this->server->waitForAnswer("http://127.0.0.1:$this->port".ExampleApplication::JSON_ROUTES[0]);
    }

    /** @return array<string, list<int>> */
    public function roles(): array
    {
        return $this->server->roles(['gateway' => 'laraman gateway', 'php' => 'laraman-php']);
    }
}
