<?php

declare(strict_types=1);

namespace Laraman\Octane;

use Laraman\Console\Program;
use RuntimeException;

/**
 * For Octane's commands: detects whether Laraman serves the application, and runs its program.
 */
trait ServedByLaraman
{
    private function servedByLaraman(): bool
    {
        $server = $this->option('server');

        return is_string($server) && $server !== '' ? $server === 'laraman' : config('octane.server') === 'laraman' || $this->laraman('status') === 0;
    }

    /** Runs the program and returns its exit code, or 127 if there is no program. */
    private function laraman(string $action, bool $show = false): int
    {
        $program = app(Program::class);

        try {
            $command = [$program->binary(), ...$program->arguments($action, [])];
        } catch (RuntimeException) {
            return 127;
        }

        $silent = ['file', '/dev/null', 'w'];
        $process = proc_open($command, $show ? [STDIN, STDOUT, STDERR] : [STDIN, $silent, $silent], $pipes, null, $program->environment());

        return $process === false ? 126 : proc_close($process);
    }
}
