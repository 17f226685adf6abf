<?php

declare(strict_types=1);

namespace Laraman\Bench;

/**
 * The example's JSON routes, from resident workers and from nginx + php-fpm with the same number of workers and opcache;
 * compared with the bound of a resident worker: the same kernel in a loop (kernel_loop.php), without restoring state, in one
 * process, and in as many processes as there are workers, which share the core's caches as the workers do.
 */
final class HttpBenchmark extends Benchmark
{
    private const CONNECTIONS = 8;

    public function run(Table $table): void
    {
        $application = new ExampleApplication($this->machine);
        $fpm = new PhpFpm($this->machine, $application);
        $laraman = new Laraman($this->machine, $application);
        foreach (ExampleApplication::JSON_ROUTES as $route) {
            $medians = $this->inTurns([
                'nginx + php-fpm' => fn (): Figures => $this->load($fpm->port, $route, $fpm->roles()),
                'laraman' => fn (): Figures => $this->load($laraman->port, $route, $laraman->roles()),
                'bound' => fn (): Figures => $this->loop($application, $route, 1),
                'bound of all' => fn (): Figures => $this->loop($application, $route, Laraman::WORKERS),
            ]);
            $what = "GET $route, ".Laraman::WORKERS.' workers';
            $table->add("$what: nginx + php-fpm", $medians['nginx + php-fpm']);
            $table->add("GET $route, the kernel in a loop of one process", $medians['bound']);
            $table->add("GET $route, the same in ".Laraman::WORKERS.' processes', $medians['bound of all']);
            $table->add("$what: laraman", $medians['laraman'], sprintf(
                '%.1f × as many requests a CPU second; its PHP: %.2f × one loop\'s, %.2f × that of %d',
                $medians['nginx + php-fpm']->cpuInAll() / $medians['laraman']->cpuInAll(),
                $medians['laraman']->cpu['php'] / $medians['bound']->cpuInAll(),
                $medians['laraman']->cpu['php'] / $medians['bound of all']->cpuInAll(), Laraman::WORKERS));
        }
    }

    /** @param  array<string, list<int>>  $roles */
    private function load(int $port, string $route, array $roles): Figures
    {
        $this->wrk($port, $route, 1);
        $before = array_map(CpuTime::microseconds(...), $roles);
        $report = $this->wrk($port, $route, $this->seconds);
        $after = array_map(CpuTime::microseconds(...), $roles);

        preg_match('/(\d+) requests in/', $report, $requests);
        preg_match('/^Requests\/sec:\s+([\d.]+)/m', $report, $rate);
        if (preg_match('/Non-2xx.*|Socket errors.*/', $report, $errors) === 1 || (int) ($requests[1] ?? 0) === 0) {
            throw new \RuntimeException($errors[0] ?? "wrk made no request: $report");
        }
        $cpu = [];
        foreach ($after as $role => $used) {
            $cpu[$role] = ($used - $before[$role]) / (int) $requests[1];
        }

        return new Figures((float) $rate[1], $cpu, $this->percentile($report, '50'), $this->percentile($report, '99'));
    }

    /** Runs `$processes` processes at a time, on the server's core. */
    private function loop(ExampleApplication $application, string $route, int $processes): Figures
    {
        $lines = $this->output([
            ...$this->machine->serverCore(), 'sh', '-c', 'for each in $(seq '.$processes.'); do "$@" & done; wait', 'sh',
            PHP_BINARY, '-d', 'opcache.enable_cli=1', dirname(__DIR__).'/kernel_loop.php', $this->machine->example, $route, (string) $this->seconds,
        ], $application->environment());
        $reports = array_map(static fn (string $line): array => json_decode($line, associative: true, flags: JSON_THROW_ON_ERROR), explode("\n", trim($lines)));

        return new Figures(
            array_sum(array_column($reports, 'requests')) / $this->seconds,
            ['php' => array_sum(array_column($reports, 'cpu_us')) / $processes]);
    }

    private function wrk(int $port, string $route, int $seconds): string
    {
        return $this->output([
            ...$this->machine->loadCore(), 'wrk', '-t1', '-c'.self::CONNECTIONS, "-d{$seconds}s", '--latency',
            "http://127.0.0.1:$port$route",
        ]);
    }

    /** wrk prints "99%   12.34ms". */
    private function percentile(string $report, string $percent): float
    {
        preg_match("/^\s+$percent%\s+([\d.]+)(us|ms|s)\s*$/m", $report, $match);

        return (float) ($match[1] ?? 0) * ['us' => 1, 'ms' => 1_000, 's' => 1_000_000][$match[2] ?? 'us'];
    }
}
