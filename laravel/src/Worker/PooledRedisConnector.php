<?php

declare(strict_types=1);

namespace Laraman\Worker;

use Illuminate\Redis\Connectors\PhpRedisConnector;
use Redis;

/**
 * Laravel's own connector, except that a connection gets its phpredis client from the worker's pool.
 */
final class PooledRedisConnector extends PhpRedisConnector
{
    public function __construct(private readonly SessionPool $pool)
    {
    }

    /** @param  array<string, mixed>  $config */
    protected function createClient(array $config): Redis
    {
        // phpredis's own persistent connections are never closed, but passed to the next client with their state.
        unset($config['persistent']);
        $key = SessionPool::key('redis', $config);
        $connect = fn (): Redis => parent::createClient($config);

        return $key === null ? $connect() : $this->pool->take($key, $connect);
    }
}
