<?php

declare(strict_types=1);

namespace Laraman\Console;

/**
 * Runs the server's program in the terminal of the artisan command.
 */
class Launcher
{
    /** Microseconds between two looks whether a child has ended. */
    private const INTERVAL = 50_000;

    /** What an operator may send to the server. */
    private const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1'];

    /**
     * Becomes the program where PHP can (signals and the exit code are then its own). Else runs it as a child that gets
     * this process's signals and ends with it, and gives back its exit code.
     *
     * @param  list<string>  $arguments
     * @param  array<string, string>  $environment
     */
    public function run(string $binary, array $arguments, array $environment): int
    {
        if (function_exists('pcntl_exec')) {
            @pcntl_exec($binary, $arguments, $environment);

            return 126;  // only reached where the program could not be started
        }

        // The program ends when the process with this id does: PHP without pcntl passes no signal on.
        $process = proc_open([$binary, ...$arguments], [STDIN, STDOUT, STDERR], $pipes, null, ['LARAMAN_PARENT' => (string) getmypid()] + $environment);

        return $process === false ? 126 : $this->wait($process);
    }

    /** @param  resource  $process */
    private function wait($process): int
    {
        if (function_exists('pcntl_async_signals') && function_exists('pcntl_signal')) {
            pcntl_async_signals(true);

            foreach (self::SIGNALS as $name) {
                $signal = constant($name);
                assert(is_int($signal));
                pcntl_signal($signal, static fn (): bool => proc_terminate($process, $signal));
            }
        }

        while (($status = proc_get_status($process))['running']) {
            usleep(self::INTERVAL);
        }

        return $status['exitcode'];
    }
}
