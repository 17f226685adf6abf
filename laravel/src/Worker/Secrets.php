<?php

declare(strict_types=1);

namespace Laraman\Worker;

use Illuminate\Contracts\Config\Repository;

/**
 * Removes variables with secrets of the server. A worker reaches the gateway without them, so they should be visible
 * neither to the application's code nor in phpinfo(), even if they come from .env.
 */
final class Secrets
{
    public const VARIABLES = ['LARAMAN_NETSVR_SECRET'];

    /** Configuration keys of the secrets. */
    private const CONFIGURED = ['laraman.gateway.secret', 'laraman.server.netsvr_secret'];

    /**
     * Removes the secrets from the environment and the configuration of this process. Called before the first job, so that
     * no job sees them.
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
