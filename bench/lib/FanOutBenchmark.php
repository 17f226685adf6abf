<?php

declare(strict_types=1);

namespace Laraman\Bench;

/** One message that a Laravel handler publishes to a channel of a thousand. A delivery is what is counted. */
final class FanOutBenchmark extends Benchmark
{
    private const RECEIVERS = 1000;

    public function run(Table $table): void
    {
        $laraman = new Laraman($this->machine, new ExampleApplication($this->machine));
        $load = [
            'fan-out', '--port', (string) $laraman->port, '--path', ExampleApplication::FAN_OUT_ROUTE,
            '--connections', (string) self::RECEIVERS, '--outstanding', '4',
        ];
        $medians = $this->inTurns(['fan-out' => fn (): Figures => $this->webSocketLoad($load, $laraman->roles())]);
        $table->add('deliveries, 1 → '.self::RECEIVERS.' by a Laravel handler', $medians['fan-out']);
    }
}
