<?php

declare(strict_types=1);

namespace Laraman\Bench;

/** Messages that a socket handler in the Laravel application sends back: gateway, worker, Laravel's pipeline and back. */
final class PhpEchoBenchmark extends Benchmark
{
    public function run(Table $table): void
    {
        $laraman = new Laraman($this->machine, new ExampleApplication($this->machine));
        $load = ['echo', '--port', (string) $laraman->port, '--path', ExampleApplication::ECHO_ROUTE];
        foreach (['20 B' => [], '20 B, 16 outstanding' => ['--outstanding', '16']] as $name => $arguments) {
            $medians = $this->inTurns([
                'php' => fn (): Figures => $this->webSocketLoad([...$load, ...$arguments], $laraman->roles()),
            ]);
            $table->add("echo by a Laravel handler, $name", $medians['php'], Laraman::WORKERS.' workers');
        }
    }
}
