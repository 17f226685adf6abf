<?php

declare(strict_types=1);

namespace Laraman\Worker;

use Closure;
use Illuminate\Contracts\Container\Container;
use Illuminate\Database\Connectors\ConnectionFactory;
use PDO;
use Throwable;

/**
 * Laravel's own factory, but that a connection gets its PDO from the worker's pool.
 */
final class PooledConnectionFactory extends ConnectionFactory
{
    public function __construct(Container $container, private readonly PdoPool $pool)
    {
        parent::__construct($container);
    }

    /** @param  array<string, mixed>  $config */
    protected function createPdoResolver(array $config): Closure
    {
        /** @var Closure(): PDO $connect */
        $connect = parent::createPdoResolver($config);
        $key = self::key($config);

        return $key === null ? $connect : fn (): PDO => $this->pool->take($key, $connect);
    }

    /**
     * By which sessions are known: all of the configuration. Null for those that end with their job: databases in memory,
     * and what has no key.
     *
     * @param  array<string, mixed>  $config
     */
    private static function key(array $config): ?string
    {
        $database = $config['database'] ?? '';

        if (($config['driver'] ?? '') === 'sqlite' && (! is_string($database) || $database === '' || preg_match('/:memory:|mode=memory/', $database) === 1)) {
            return null;
        }

        try {
            return hash('xxh128', serialize($config));
        } catch (Throwable) {
            return null;
        }
    }
}
