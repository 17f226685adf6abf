<?php

declare(strict_types=1);

namespace Laraman\Bench;

/** The cost of WebSockets: the gateway alone, which echoes every message itself, compared with a bare TCP echo. */
final class GatewayEchoBenchmark extends Benchmark
{
    private const LOADS = [
        '20 B' => [],
        '1 KiB' => ['--size', '1024'],
        '20 B, 16 outstanding' => ['--outstanding', '16'],
    ];

    public function run(Table $table): void
    {
        $bound = new BoundServer($this->machine);
        $gateway = new EchoGateway($this->machine);

        foreach (self::LOADS as $load => $arguments) {
            $medians = $this->inTurns([
                'bound' => fn (): Figures => $this->webSocketLoad(
                    ['echo', '--tcp', '--port', (string) $bound->port, ...$arguments], $bound->roles()),
                'gateway' => fn (): Figures => $this->webSocketLoad(
                    ['echo', '--port', (string) $gateway->port, ...$arguments], $gateway->roles()),
            ]);
            $table->add("bare TCP echo on epoll, $load", $medians['bound']);
            $table->add("gateway echo, $load", $medians['gateway'], sprintf(
                '%.2f × the bare echo\'s CPU', $medians['gateway']->cpuInAll() / $medians['bound']->cpuInAll()));
        }
    }
}
