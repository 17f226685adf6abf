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
 * Isolates jobs from each other: after each job the program restores PHP's state to what it was when begin() was called.
 * Database and cache sessions stay open.
 */
final class Isolation
{
    private bool $isOn = false;

    /** @var list<string> names of the connections created during boot, except those of listeners of WorkerStarting */
    private readonly array $booted;

    public function __construct(
        private readonly Application $app,
        private readonly SessionPool $sessions,
        private readonly Learning $learning,
    ) {
        $this->booted = array_keys($this->databases()?->getConnections() ?? []);
    }

    /** Called when booting has ended, before the first job. */
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

    /** Called after each job, including a job that called exit. */
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

    /** Called in the clean state between two jobs: changes made here become part of the snapshot. */
    public function warm(): void
    {
        $this->learning->make($this->app);
    }

    /** Lets each job take its own sessions. */
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
     * Keeps the object of a connection, which takes a session on first use in each job: services may refer to the object, and
     * are to take part in a job's transactions. A connection of a listener, which lives on with its state, belongs only to
     * that listener.
     */
    private function disconnectDatabase(DatabaseManager $databases, string $name, Connection $connection): void
    {
        try {
            (fn () => $this->refreshPdoConnections($name))->call($databases);
        } catch (Throwable) {
            $databases->purge($name);  // its configuration does not exist any more

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
