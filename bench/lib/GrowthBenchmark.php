<?php

declare(strict_types=1);

namespace Laraman\Bench;

/** The cost of a message with many open connections, at the same total number of messages per second. */
final class GrowthBenchmark extends Benchmark
{
    /** A process may open 20,000 files on many machines. */
    private const CONNECTIONS = [100, 1_000, 5_000, 18_000];

    private const RATE = 30_000;

    /** The first messages of a connection make the kernel allocate memory, which is not part of a message's cost. */
    private const WARM_UP = ['--warm-up', '8'];

    public function run(Table $table): void
    {
        $bound = new BoundServer($this->machine);
        $gateway = new EchoGateway($this->machine);
        $first = null;
        foreach (self::CONNECTIONS as $connections) {
            $load = ['echo', '--connections', (string) $connections, '--rate', (string) self::RATE, ...self::WARM_UP];
            $medians = $this->inTurns([
                'bound' => fn (): Figures => $this->webSocketLoad([...$load, '--tcp', '--port', (string) $bound->port], $bound->roles()),
                'gateway' => fn (): Figures => $this->webSocketLoad([...$load, '--port', (string) $gateway->port], $gateway->roles()),
            ]);
            $cost = $medians['gateway']->cpuInAll();
            $first ??= $cost;
            $name = sprintf('%s messages a second over %s connections', number_format(self::RATE), number_format($connections));
            $table->add("bare TCP echo, $name", $medians['bound']);
            $table->add("gateway echo, $name", $medians['gateway'], sprintf(
                '%.2f × the bare echo, %.2f × its own at %d', $cost / $medians['bound']->cpuInAll(), $cost / $first, self::CONNECTIONS[0]));
        }
    }
}
