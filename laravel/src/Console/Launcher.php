<?php

declare(strict_types=1);

namespace Laraman\Console;

use Closure;

/**
 * Runs the server's program in the terminal of the artisan command.
 */
class Launcher
{
    /** Microseconds between two looks whether a child has ended. */
    private const INTERVAL = 50_000;

    /** What an operator may send to the server. */
    private const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1'];

    /** @var list<int> signals that came before the program was there */
    private array $early = [];

    /**
     * Becomes the program where PHP can (signals and the exit code are then its own), if this process is there for nothing
     * else. Else runs it as a child that gets this process's signals and ends with it, and gives back its exit code.
     *
     * @param  list<string>  $arguments
     * @param  array<string, string>  $environment
     */
    public function run(string $binary, array $arguments, array $environment, bool $become = true): int
    {
        if ($become && function_exists('pcntl_exec')) {
            @pcntl_exec($binary, $arguments, $environment);

            return 126;  // only reached where the program could not be started
        }

        $process = null;
        $restore = $this->passSignalsOn($process);
        // The program ends when the process with this id does: PHP without pcntl passes no signal on.
        $process = proc_open([$binary, ...$arguments], [STDIN, STDOUT, STDERR], $pipes, null, ['LARAMAN_PARENT' => (string) getmypid()] + $environment);
        $code = $process === false ? 126 : $this->wait($process);
        $restore();

        return $code;
    }

    /** @param  resource  $process */
    private function wait($process): int
    {
        while (($status = proc_get_status($process))['running']) {
            $this->passEarlySignalsOn($process);
            usleep(self::INTERVAL);
        }

        return $status['exitcode'];
    }

    /** @param  resource  $process */
    private function passEarlySignalsOn($process): void
    {
        while (($signal = array_shift($this->early)) !== null) {
            proc_terminate($process, $signal);
        }
    }

    /**
     * From now on; before there is a process, signals are kept for it.
     *
     * @param  resource|false|null  $process
     * @return Closure(): void  puts the handlers of before back
     */
    private function passSignalsOn(mixed &$process): Closure
    {
        if (! function_exists('pcntl_async_signals') || ! function_exists('pcntl_signal')) {
            return static function (): void {
            };
        }

        $async = pcntl_async_signals(true);
        $before = [];

        foreach (self::SIGNALS as $name) {
            $signal = constant($name);
            assert(is_int($signal));
            $before[$signal] = pcntl_signal_get_handler($signal);
            pcntl_signal($signal, function () use (&$process, $signal): void {
                is_resource($process) ? proc_terminate($process, $signal) : $this->early[] = $signal;
            });
        }

        return static function () use ($async, $before): void {
            foreach ($before as $signal => $handler) {
                pcntl_signal($signal, $handler);
            }

            pcntl_async_signals($async);
        };
    }
}
