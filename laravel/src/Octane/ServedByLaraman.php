<?php

declare(strict_types=1);

namespace Laraman\Octane;

use Laraman\Console\BinaryFinder;

/**
 * For Octane's commands: whether Laraman serves the application, and what its program does about it.
 */
trait ServedByLaraman
{
    private function servedByLaraman(): bool
    {
        $server = $this->option('server');

        return is_string($server) && $server !== '' ? $server === 'laraman' : config('octane.server') === 'laraman' || $this->laraman('status') === 0;
    }

    /** Runs the program; its exit code. */
    private function laraman(string $action, bool $show = false): int
    {
        $configured = config('laraman.binary');
        $binary = app(BinaryFinder::class)->find(is_string($configured) ? $configured : null);

        if ($binary === null) {
            return 127;
        }

        $command = [$binary, $action, '--app', base_path()];

        foreach (['runtime_dir', 'pid_file'] as $setting) {
            if (is_string($value = config("laraman.server.$setting")) && $value !== '') {
                array_push($command, '--'.strtr($setting, '_', '-'), $value);
            }
        }

        $silent = ['file', '/dev/null', 'w'];
        $process = proc_open($command, $show ? [STDIN, STDOUT, STDERR] : [STDIN, $silent, $silent], $pipes);

        return $process === false ? 126 : proc_close($process);
    }
}
