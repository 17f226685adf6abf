<?php

declare(strict_types=1);

namespace Laraman\Bench;

/** A business that publishes to 40 channels of 450 connections each, while another asks queries. */
final class ChannelsBenchmark extends Benchmark
{
    private const CHANNELS = 40;

    private const MEMBERS = 450;

    /** Publications a second: 300,000 deliveries, and more than one core can do. */
    private const RATES = [667, 4_000];

    public function run(Table $table): void
    {
        foreach (self::RATES as $rate) {
            $gateway = new EchoGateway($this->machine);
            $load = [
                'channels', '--port', (string) $gateway->port, '--task', $gateway->taskAddress, '--rate', (string) $rate,
                '--channels', (string) self::CHANNELS, '--connections', (string) (self::CHANNELS * self::MEMBERS),
                '--warm-up', '5',
            ];
            $figures = $this->inTurns(['channels' => fn (): Figures => $this->webSocketLoad($load, $gateway->roles())])['channels'];
            $table->add(
                sprintf('deliveries, %d channels of %d, %s a second offered', self::CHANNELS, self::MEMBERS, number_format($rate * self::MEMBERS)),
                $figures,
                sprintf('%.0f %% arrive in time; queries meanwhile p99 %.1f ms; gateway at most %d MiB',
                    100 * $figures->perSecond / ($rate * self::MEMBERS), $figures->notes['control_p99_us'] / 1000, $gateway->server->mostMemory() >> 20),
            );
            unset($gateway); // the next one takes its sockets
        }
    }
}
