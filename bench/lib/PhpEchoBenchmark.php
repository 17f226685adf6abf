<?php

declare(strict_types=1);

namespace Laraman\Bench;

/**
 * Messages that PHP echoes: with a socket handler in the Laravel application (gateway, worker, Laravel's pipeline, restoring
 * the state), and with a plain callable of `--entry`.
 */
final class PhpEchoBenchmark extends Benchmark
{
    public function run(Table $table): void
    {
        $laraman = new Laraman($this->machine, new ExampleApplication($this->machine));
        $plain = new PlainEcho($this->machine);
        foreach (['20 B' => [], '20 B, 16 outstanding' => ['--outstanding', '16']] as $name => $arguments) {
            $medians = $this->inTurns([
                'plain' => fn (): Figures => $this->webSocketLoad(['echo', '--port', (string) $plain->port, ...$arguments], $plain->roles()),
                'Laravel' => fn (): Figures => $this->webSocketLoad(
                    ['echo', '--port', (string) $laraman->port, '--path', ExampleApplication::ECHO_ROUTE, ...$arguments],
                    $laraman->roles(),
                ),
            ]);
            $table->add("echo by a plain callable, $name", $medians['plain']);
            $table->add("echo by a Laravel handler, $name", $medians['Laravel'], sprintf(
                '%.2f × the plain one; %d workers each',
                $medians['Laravel']->cpuInAll() / $medians['plain']->cpuInAll(),
                Laraman::WORKERS,
            ));
        }
    }
}
