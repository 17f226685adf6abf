<?php

declare(strict_types=1);

namespace Laraman\Worker;

use Illuminate\Cache\CacheManager;
use Illuminate\Contracts\Config\Repository;
use Illuminate\Database\Connection;
use Illuminate\Database\DatabaseManager;
use Illuminate\Foundation\Application;
use Illuminate\Redis\RedisManager;
use Laraman\Worker\Learning\Learning;
use Throwable;

use function Laraman\Native\isolate;
use function Laraman\Native\warm;

/**
 * Sees to it that no job finds what another has left: the program puts PHP's state back after each, to what it was when
 * begin() was called. Sessions with databases and caches stay open meanwhile.
 */
final class Isolation
{
    private bool $isOn = false;

    /** @var list<string> names of the connections that booting has made, without what listeners of WorkerStarting made */
    private readonly array $booted;

    public function __construct(
        private readonly Application $app,
        private readonly SessionPool $sessions,
        private readonly Learning $learning,
    ) {
        $this->booted = array_keys($this->databases()?->getConnections() ?? []);
    }

    /** Booting has ended: before the first job. */
    public function begin(): void
    {
        $config = $this->app->make(Repository::class);
        $this->isOn = $config->get('laraman.worker.isolation') !== 'none';

        if (! $this->isOn) {
            return;
        }

        $this->sessions->collect();
        $this->disconnect();
        WarmUp::run($this->app);
        isolate(array_values(array_filter((array) $config->get('laraman.worker.persist'), is_string(...))));
    }

    /** A job is over, also one that called exit. */
    public function settle(): void
    {
        if (! $this->isOn) {
            return;
        }

        $this->sessions->collect();

        if ($this->learning->observe($this->app)) {
            warm($this->learning->count());
        }
    }

    /** PHP's state is that in which no job is, and what it becomes here is the new one. */
    public function warm(): void
    {
        $this->learning->make($this->app);
    }

    /** Each job has sessions of its own. */
    private function disconnect(): void
    {
        if (($databases = $this->databases()) !== null) {
            foreach ($databases->getConnections() as $name => $connection) {
                $connection instanceof Connection ? $this->disconnectDatabase($databases, $name, $connection) : $databases->purge($name);
            }
        }

        $redis = $this->app->resolved('redis') ? $this->app->make('redis') : null;

        if ($redis instanceof RedisManager) {
            array_map($redis->purge(...), array_keys((array) $redis->connections()));
        }

        $caches = $this->app->resolved('cache') ? $this->app->make('cache') : null;

        if ($caches instanceof CacheManager) {
            $this->app->forgetInstance('cache.store');
            $stores = (array) $this->app->make(Repository::class)->get('cache.stores');
            array_map($caches->purge(...), array_keys(array_filter($stores, static fn (mixed $store): bool => is_array($store) && ($store['driver'] ?? '') === 'memcached')));
        }
    }

    /**
     * Its object stays, with a session that it takes in each job when it first needs one: others may hold it, and are to be
     * in the transactions that a job begins. But one of a listener's, which lives on with its state, is the listener's
     * alone.
     */
    private function disconnectDatabase(DatabaseManager $databases, string $name, Connection $connection): void
    {
        try {
            (fn () => $this->refreshPdoConnections($name))->call($databases);
        } catch (Throwable) {
            $databases->purge($name);  // its configuration is gone

            return;
        }

        if (! in_array($name, $this->booted, true)) {
            $pdos = [$connection->getRawPdo(), $connection->getRawReadPdo()];
            $databases->purge($name);
            $connection->setPdo($pdos[0])->setReadPdo($pdos[1]);
        }
    }

    private function databases(): ?DatabaseManager
    {
        $databases = $this->app->resolved('db') ? $this->app->make('db') : null;

        return $databases instanceof DatabaseManager ? $databases : null;
    }
}
