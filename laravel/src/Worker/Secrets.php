<?php

declare(strict_types=1);

namespace Laraman\Worker;

/**
 * Variables that hold secrets of the server. A worker reaches the gateway without them, so neither the application's
 * code nor a page of phpinfo() is to show them, also where they come from .env.
 */
final class Secrets
{
    public const VARIABLES = ['LARAMAN_NETSVR_SECRET'];

    /** Removes them from the environment of this process; before the first job, so that no job sees them in $_SERVER. */
    public static function forget(): void
    {
        foreach (self::VARIABLES as $name) {
            unset($_ENV[$name], $_SERVER[$name]);
            putenv($name);
        }
    }
}
