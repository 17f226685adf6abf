<?php

declare(strict_types=1);

namespace Laraman\Worker;

use Illuminate\Redis\Connectors\PhpRedisConnector;
use Redis;

/**
 * Laravel's own connector, but that a connection gets its phpredis client from the worker's pool.
 */
final class PooledRedisConnector extends PhpRedisConnector
{
    public function __construct(private readonly SessionPool $pool)
    {
    }

    /** @param  array<string, mixed>  $config */
    protected function createClient(array $config): Redis
    {
        // phpredis's own persistence would not close a connection, but hand it to the next client as it is.
        unset($config['persistent']);
        $key = SessionPool::key('redis', $config);
        $connect = fn (): Redis => parent::createClient($config);

        return $key === null ? $connect() : $this->pool->take($key, $connect);
    }
}
