<?php

declare(strict_types=1);

namespace Laraman\Bench;

/** The example application with a production configuration, and with its caches in the scratch folder. */
final class ExampleApplication
{
    /** JSON routes without a session: a minimal Laravel route, and one that queries the database. */
    public const JSON_ROUTES = ['/api/ping', '/api/rooms'];

    public const ECHO_ROUTE = '/bench/echo';

    public const FAN_OUT_ROUTE = '/bench/fan-out';

    public function __construct(private readonly Machine $machine)
    {
        $this->artisan('config:cache');
        $this->artisan('route:cache');
    }

    /** @return array<string, string> */
    public function environment(): array
    {
        return [
            'APP_ENV' => 'bench',
            'APP_DEBUG' => 'false',
            'LOG_LEVEL' => 'error',
            'APP_CONFIG_CACHE' => "{$this->machine->scratch}/config.php",
            'APP_ROUTES_CACHE' => "{$this->machine->scratch}/routes.php",
        ];
    }

    private function artisan(string $command): void
    {
        $process = proc_open(['php', 'artisan', $command], [1 => ['pipe', 'w'], 2 => ['redirect', 1]], $pipes, $this->machine->example, $this->environment() + $this->machine->environment());
        $output = $process === false ? '' : (string) stream_get_contents($pipes[1]);
        if ($process === false || proc_close($process) !== 0) {
            throw new \RuntimeException("artisan $command: $output");
        }
    }
}
