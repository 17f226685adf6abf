<?php

declare(strict_types=1);

namespace Laraman\Console;

use Closure;

/**
 * Runs the server's program in the terminal of the artisan command.
 */
class Launcher
{
    /** Microseconds between two checks whether a child has ended. */
    private const INTERVAL = 50_000;

    /** Signals that an operator may send to the server. */
    private const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1'];

    /** @var list<int> signals that arrived before the program was started */
    private array $early = [];

    /**
     * Replaces this process with the program, if PHP can and `$become` is set; signals then reach the program directly.
     * Otherwise runs the program as a child, forwards signals to it, ends it with this process, and returns its exit code.
     *
     * @param  list<string>  $arguments
     * @param  array<string, string>  $environment
     */
    public function run(string $binary, array $arguments, array $environment, bool $become = true): int
    {
        if ($become && function_exists('pcntl_exec')) {
            @pcntl_exec($binary, $arguments, $environment);

            return 126;  // only reached if the program could not be started
        }

        $process = null;
        $restore = $this->passSignalsOn($process);
        // The program ends when the process with this id ends: PHP without pcntl cannot forward signals.
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
     * Forwards signals from now on. Signals that arrive before the process is started are kept for it.
     *
     * @param  resource|false|null  $process
     * @return Closure(): void  restores the previous handlers
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
