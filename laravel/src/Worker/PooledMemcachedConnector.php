<?php

declare(strict_types=1);

namespace Laraman\Worker;

use Illuminate\Cache\MemcachedConnector;
use Memcached;

/**
 * Laravel's own connector, except that a cache gets its client from the worker's pool.
 */
final class PooledMemcachedConnector extends MemcachedConnector
{
    public function __construct(private readonly SessionPool $pool)
    {
    }

    /**
     * @param  array<array-key, mixed>  $servers
     * @param  string|null  $connectionId  ignored: clients with the same id share their options
     * @param  array<array-key, mixed>  $options
     * @param  array<array-key, mixed>  $credentials
     */
    public function connect(array $servers, $connectionId = null, array $options = [], array $credentials = []): Memcached
    {
        $connect = fn (): Memcached => parent::connect($servers, null, $options, $credentials);
        $key = SessionPool::key('memcached', [$servers, $options, $credentials]);

        if ($key === null) {
            return $connect();
        }

        $client = $this->pool->take($key, static function () use ($connect): Memcached {
            $client = $connect();
            $client->getVersion();  // connects now instead of on first use: the pool has to know its sockets

            return $client;
        });

        if (in_array($client->getResultCode(), [Memcached::RES_SUCCESS, Memcached::RES_NOTFOUND, Memcached::RES_NOTSTORED, Memcached::RES_DATA_EXISTS], true)) {
            return $client;
        }

        $this->pool->drop($client);  // a client that could not connect does not try again immediately

        return $connect();
    }
}
