<?php

declare(strict_types=1);

namespace Laraman\Console;

/**
 * Runs the server's program in the terminal of the artisan command.
 */
class Launcher
{
    /**
     * Becomes the program where PHP can (signals and the exit code are then its own), else runs it and gives back its
     * exit code.
     *
     * @param  list<string>  $arguments
     */
    public function run(string $binary, array $arguments): int
    {
        if (function_exists('pcntl_exec')) {
            @pcntl_exec($binary, $arguments);

            return 126;  // only reached where the program could not be started
        }

        $process = proc_open([$binary, ...$arguments], [STDIN, STDOUT, STDERR], $pipes);

        return $process === false ? 126 : proc_close($process);
    }
}
