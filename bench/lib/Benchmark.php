<?php

declare(strict_types=1);

namespace Laraman\Bench;

/** One part of the table. */
abstract class Benchmark
{
    public function __construct(
        protected readonly Machine $machine,
        protected readonly int $rounds,
        protected readonly int $seconds,
    ) {
    }

    abstract public function run(Table $table): void;

    /**
     * Takes turns: every round runs each contender once. Returns each one's medians.
     *
     * @param  non-empty-array<string, \Closure(): Figures>  $contenders
     * @return non-empty-array<string, Figures>
     */
    protected function inTurns(array $contenders): array
    {
        $runs = [];
        for ($round = 1; $round <= $this->rounds; $round++) {
            foreach ($contenders as $name => $measure) {
                $runs[$name][] = $figures = $measure();
                fprintf(STDERR, "   %s: %d a second, %.2f µs\n", $name, $figures->perSecond, $figures->cpuInAll());
            }
        }

        return array_map(Figures::median(...), $runs);
    }

    /**
     * Runs ws_load against a server.
     *
     * @param  list<string>  $arguments  of ws_load
     * @param  array<string, list<int>>  $roles
     */
    protected function webSocketLoad(array $arguments, array $roles): Figures
    {
        $command = [...$this->machine->loadCore(), $this->machine->tool('ws_load'), ...$arguments, '--json', '--duration', (string) $this->seconds];
        foreach ($roles as $role => $pids) {
            array_push($command, '--cpu-of', "$role=".implode(',', $pids));
        }
        $report = json_decode($this->output($command), associative: true, flags: JSON_THROW_ON_ERROR);

        return new Figures(
            $report['per_second'],
            $report['cpu_us_per_message'],
            $report['latency_us']['p50'],
            $report['latency_us']['p99'],
            $report['notes'] ?? [],
        );
    }

    /**
     * The output of a command; throws if the command fails.
     *
     * @param  list<string>  $command
     * @param  array<string, string>  $environment  added to Machine::environment()
     */
    protected function output(array $command, array $environment = []): string
    {
        $process = proc_open($command, [1 => ['pipe', 'w'], 2 => ['file', "{$this->machine->scratch}/errors.log", 'w']], $pipes, null, $environment + $this->machine->environment());
        $output = $process === false ? '' : (string) stream_get_contents($pipes[1]);
        if ($process === false || proc_close($process) !== 0) {
            throw new \RuntimeException(implode(' ', $command).': '.trim($output."\n".file_get_contents("{$this->machine->scratch}/errors.log")));
        }

        return $output;
    }
}
