<?php

declare(strict_types=1);

namespace Laraman\Worker;

use Closure;
use Illuminate\Contracts\Container\Container;
use Illuminate\Database\Connectors\ConnectionFactory;
use PDO;

/**
 * Laravel's own factory, except that a connection gets its PDO from the worker's pool.
 */
final class PooledConnectionFactory extends ConnectionFactory
{
    public function __construct(Container $container, private readonly SessionPool $pool)
    {
        parent::__construct($container);
    }

    /** @param  array<string, mixed>  $config */
    protected function createPdoResolver(array $config): Closure
    {
        // PDO's own persistent connections would share a session between connections, and never close it.
        if (is_array($config['options'] ?? null)) {
            unset($config['options'][PDO::ATTR_PERSISTENT]);
        }

        /** @var Closure(): PDO $connect */
        $connect = parent::createPdoResolver($config);

        if (self::isInMemory($config)) {
            return $connect;
        }

        return function () use ($config, $connect): PDO {
            $key = SessionPool::key('database', [...$config, self::file($config)]);

            return $key === null ? $connect() : $this->pool->take($key, $connect);
        };
    }

    /** @param  array<string, mixed>  $config */
    private static function isInMemory(array $config): bool
    {
        $database = $config['database'] ?? '';

        return self::isSqlite($config) && (! is_string($database) || $database === '' || preg_match('/:memory:|mode=memory/', $database) === 1);
    }

    /**
     * The inode of the database file: another file may have replaced it under the same name.
     *
     * @param  array<string, mixed>  $config
     */
    private static function file(array $config): ?int
    {
        if (! self::isSqlite($config) || ! is_string($config['database'] ?? null)) {
            return null;
        }

        clearstatcache(true, $config['database']);

        return @fileinode($config['database']) ?: null;
    }

    /** @param  array<string, mixed>  $config */
    private static function isSqlite(array $config): bool
    {
        return ($config['driver'] ?? '') === 'sqlite';
    }
}
