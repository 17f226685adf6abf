<?php

declare(strict_types=1);

namespace Laraman\Bench;

/** One message to a thousand connections, published by a Laravel handler, compared with a bare TCP server that sends to all. */
final class FanOutBenchmark extends Benchmark
{
    private const RECEIVERS = 1000;

    public function run(Table $table): void
    {
        $bound = new BoundServer($this->machine, '--to-all');
        $laraman = new Laraman($this->machine, new ExampleApplication($this->machine));
        $load = ['fan-out', '--connections', (string) self::RECEIVERS, '--outstanding', '4'];
        $medians = $this->inTurns([
            'bound' => fn (): Figures => $this->webSocketLoad([...$load, '--tcp', '--port', (string) $bound->port], $bound->roles()),
            'fan-out' => fn (): Figures => $this->webSocketLoad(
                [...$load, '--port', (string) $laraman->port, '--path', ExampleApplication::FAN_OUT_ROUTE], $laraman->roles()),
        ]);
        $table->add('bare TCP, 1 → '.self::RECEIVERS, $medians['bound']);
        $table->add('deliveries, 1 → '.self::RECEIVERS.' by a Laravel handler', $medians['fan-out'], sprintf(
            '%.2f × the bare one\'s CPU', $medians['fan-out']->cpuInAll() / $medians['bound']->cpuInAll()));
    }
}
