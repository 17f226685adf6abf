<?php

declare(strict_types=1);

namespace Laraman\Console;

use Illuminate\Console\Command;
use Illuminate\Contracts\Config\Repository;
use Illuminate\Contracts\Foundation\Application;

/**
 * `php artisan laraman …` is `laraman …` for this application: the same actions, with the settings of config/laraman.php.
 */
final class LaramanCommand extends Command
{
    /** The settings that each action takes; `start` takes them all. */
    private const SETTINGS = [
        'restart' => null,
        'start' => null,
        'stop' => ['runtime_dir', 'pid_file'],
        'reload' => ['runtime_dir', 'pid_file'],
        'status' => ['runtime_dir', 'pid_file'],
        'connections' => ['runtime_dir', 'pid_file'],
        'logs' => ['runtime_dir', 'pid_file', 'log_file'],
    ];

    protected $signature = 'laraman
        {action : start, stop, restart, reload, status, connections or logs}
        {--host= : Address to listen on}
        {--port= : Port to listen on}
        {--workers= : Number of PHP workers; "auto" is twice the number of cores, "2..8" as many as are busy}
        {--socket-workers= : Further workers, for socket events only}
        {--loops= : Number of event loops; "auto" is one per core}
        {--max-requests= : Replace a worker after so many jobs}
        {--max-memory= : Replace a worker with more MiB of its own}
        {--max-time= : Seconds that a job may last}
        {--log-level= : Least severe log line that is written}
        {--config= : A laraman.toml; what it says counts less than config/laraman.php}
        {--d|daemon : Start in the background}
        {--d : The same}
        {--watch : Reload when files of the application change; show status or connections again every second}
        {--g|graceful : Stop without a limit of time}
        {--g : The same}
        {--json : Print status or connections as JSON}
        {--lines= : So many lines of the log}
        {--f|follow : Go on with what is added to the log}';

    protected $description = 'Start, stop, reload and inspect the Laraman server';

    public function handle(Application $app, Repository $config, BinaryFinder $finder, Launcher $launcher): int
    {
        $action = $this->argument('action');

        if (! is_string($action) || ! array_key_exists($action, self::SETTINGS)) {
            $this->components->error(sprintf(
                'No such action [%s]. There are: %s.',
                is_string($action) ? $action : '', implode(', ', array_keys(self::SETTINGS)),
            ));

            return self::INVALID;
        }

        $configured = $config->get('laraman.binary');
        $binary = $finder->find(is_string($configured) ? $configured : null);

        if ($binary === null) {
            $this->components->error(is_string($configured) && $configured !== ''
                ? "The laraman program is not at [$configured] (laraman.binary), or is not executable."
                : 'The laraman program was not found: not in the environment (LARAMAN_BINARY), not in vendor/bin, not in the PATH.');
            $this->line('  Build it (./dev build in its repository) or install its package, and name it in LARAMAN_BINARY or in');
            $this->line('  config/laraman.php under "binary".');

            return 127;
        }

        return $launcher->run($binary, $this->flags($action, $app, $config));
    }

    /** @return list<string> */
    private function flags(string $action, Application $app, Repository $config): array
    {
        $settings = (array) $config->get('laraman.server', []);

        foreach (array_keys($settings) as $name) {
            $option = strtr((string) $name, '_', '-');

            if ($this->hasOption($option) && $this->option($option) !== null) {
                $settings[$name] = $this->option($option);
            }
        }

        $arguments = [$action];
        $taken = self::SETTINGS[$action];

        $settings = $taken === null
            ? ['script' => dirname(__DIR__, 2).'/bin/worker.php', 'php' => PHP_BINARY, ...$settings]
            : array_intersect_key($settings, array_flip($taken));
        $settings = ['app' => $app->basePath(), ...$settings];

        foreach ($settings as $name => $value) {
            $arguments = [...$arguments, ...self::flag(strtr((string) $name, '_', '-'), $value)];
        }

        foreach (['daemon', 'd', 'graceful', 'g', 'json', 'watch', 'follow'] as $switch) {
            if ($this->option($switch) === true) {
                $arguments[] = "--$switch";
            }
        }

        return [...$arguments, ...self::flag('lines', $this->option('lines')), ...self::flag('config', $this->option('config'))];
    }

    /** @return list<string> */
    private static function flag(string $name, mixed $value): array
    {
        if (is_array($value)) {
            $flags = [];

            foreach ($value as $key => $item) {
                if (is_scalar($item)) {
                    $flags = [...$flags, "--$name", is_string($key) ? "$key=".self::text($item) : self::text($item)];
                }
            }

            return $flags;
        }

        return is_scalar($value) && $value !== '' ? ["--$name", self::text($value)] : [];
    }

    private static function text(bool|float|int|string $value): string
    {
        return is_bool($value) ? ($value ? '1' : '0') : (string) $value;
    }
}
