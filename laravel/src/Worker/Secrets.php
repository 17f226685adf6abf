<?php

declare(strict_types=1);

namespace Laraman\Worker;

use Illuminate\Contracts\Config\Repository;

/**
 * Variables that hold secrets of the server. A worker reaches the gateway without them, so neither the application's
 * code nor a page of phpinfo() is to show them, also where they come from .env.
 */
final class Secrets
{
    public const VARIABLES = ['LARAMAN_NETSVR_SECRET'];

    /** Where the configuration has them. */
    private const CONFIGURED = ['laraman.gateway.secret', 'laraman.server.netsvr_secret'];

    /**
     * Removes them from the environment and the configuration of this process; before the first job, so that no job sees
     * them.
     *
     * @param  Repository  $config  of the booted application
     */
    public static function forget(Repository $config): void
    {
        foreach (self::CONFIGURED as $key) {
            if ($config->has($key)) {
                $config->set($key, null);
            }
        }

        foreach (self::VARIABLES as $name) {
            unset($_ENV[$name], $_SERVER[$name]);
            putenv($name);
        }
    }
}
