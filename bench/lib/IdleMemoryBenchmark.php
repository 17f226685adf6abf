<?php

declare(strict_types=1);

namespace Laraman\Bench;

/** User-space memory that an idle connection holds in the gateway: private memory with and without 10,000 of them. */
final class IdleMemoryBenchmark extends Benchmark
{
    private const CONNECTIONS = 10_000;

    public function run(Table $table): void
    {
        foreach (['an idle connection' => false, 'one with user, session of 100 bytes and channel' => true] as $which => $described) {
            $bytes = [];
            for ($round = 1; $round <= $this->rounds; $round++) {
                $bytes[] = $this->bytesPerConnection($described);
                fprintf(STDERR, "   %d bytes\n", end($bytes));
            }
            $table->addNote(
                "memory of $which, ".number_format(self::CONNECTIONS).' open',
                number_format(Figures::medianOf($bytes)).' bytes of user space',
            );
        }
    }

    private function bytesPerConnection(bool $described): float
    {
        $gateway = new EchoGateway($this->machine);
        $before = $this->privateBytes($gateway->server->pid());
        $load = proc_open(
            [...$this->machine->loadCore(), $this->machine->tool('ws_load'), 'idle', '--port', (string) $gateway->port, '--connections', (string) self::CONNECTIONS, '--duration', '120', ...($described ? ['--task', $gateway->taskAddress] : [])],
            [['pipe', 'r'], ['pipe', 'w'], ['file', "{$this->machine->scratch}/errors.log", 'w']],
            $pipes,
        );
        if ($load === false || ! str_starts_with((string) fgets($pipes[1]), 'open')) {
            throw new \RuntimeException((string) file_get_contents("{$this->machine->scratch}/errors.log"));
        }
        sleep(1); // until the gateway has written all its responses and released their buffers
        $after = $this->privateBytes($gateway->server->pid());
        fclose($pipes[0]);
        proc_close($load);

        return ($after - $before) / self::CONNECTIONS;
    }

    private function privateBytes(int $pid): int
    {
        preg_match('/^Anonymous:\s+(\d+) kB$/m', (string) file_get_contents("/proc/$pid/smaps_rollup"), $match);

        return 1024 * (int) ($match[1] ?? throw new \RuntimeException("no smaps_rollup for process $pid"));
    }
}
