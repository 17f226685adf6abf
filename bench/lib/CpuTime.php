<?php

declare(strict_types=1);

namespace Laraman\Bench;

/** CPU time that processes have used, from /proc. */
final class CpuTime
{
    private const TICKS_A_SECOND = 100; // USER_HZ, the same on every Linux

    /**
     * User and system time of all threads of these processes.
     *
     * @param  list<int>  $pids
     */
    public static function microseconds(array $pids): float
    {
        $ticks = 0;
        foreach ($pids as $pid) {
            $stat = @file_get_contents("/proc/$pid/stat");
            if ($stat === false) {
                throw new \RuntimeException("process $pid went away during the run");
            }
            $fields = explode(' ', substr($stat, (int) strrpos($stat, ')') + 2)); // from field 3 on
            $ticks += (int) $fields[11] + (int) $fields[12];
        }

        return $ticks * (1_000_000 / self::TICKS_A_SECOND);
    }
}
