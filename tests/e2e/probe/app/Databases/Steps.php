<?php

declare(strict_types=1);

namespace App\Databases;

use Illuminate\Database\Connection;
use Illuminate\Support\Facades\Broadcast;
use Illuminate\Support\Facades\Cache;
use Illuminate\Support\Facades\DB;
use Illuminate\Support\Facades\Facade;
use Illuminate\Support\Facades\Queue;
use Illuminate\Support\Facades\Redis;
use PDO;
use PDOStatement;
use RuntimeException;
use Throwable;

/**
 * Runs a test's steps on databases: a step is a list of an operation and its arguments, and has a result.
 */
final class Steps
{
    private ?string $connection = null;

    /**
     * @param  list<list<mixed>>  $steps
     * @return list<mixed> an error ends them, as the last result
     */
    public static function run(array $steps): array
    {
        $run = new self;
        $results = [];

        foreach ($steps as $step) {
            try {
                $results[] = $run->step(...$step);
            } catch (Throwable $e) {
                if ($e instanceof Uncaught) {
                    throw $e;
                }

                return [...$results, 'error: '.$e->getMessage()];
            }
        }

        return $results;
    }

    private function step(string $operation, mixed ...$with): mixed
    {
        return match ($operation) {
            // Laravel
            'on' => $this->connection = $with[0],
            'scalar' => $this->db()->scalar(...$with),
            'statement' => $this->db()->statement(...$with),
            'unprepared' => $this->db()->unprepared(...$with),
            'begin' => $this->db()->beginTransaction(),
            'commit' => $this->db()->commit(),
            'level' => $this->db()->transactionLevel(),
            'purge' => DB::purge($this->connection),
            'disconnect' => $this->db()->disconnect(),
            'of' => app("connection of $with[0]")->{$with[1]}(...array_slice($with, 2)), // connections of the application's own
            'write scalar' => $this->db()->scalar($with[0], [], false),
            'config' => config([$with[0] => $with[1]]),
            'forget' => [app()->forgetInstance($with[0]), Facade::clearResolvedInstance($with[0])],
            'resolved' => app()->resolved($with[0]),
            // PDO
            'exec' => $this->pdo()->exec($with[0]),
            'query' => $this->pdo()->query($with[0])->fetchAll(PDO::FETCH_NUM),
            'first of' => $this->first($this->pdo()->query($with[0])),
            'prepare' => $this->first($this->prepared($with[0])),
            'attribute' => $this->pdo()->setAttribute(constant("PDO::$with[0]"), $with[1]),
            'get attribute' => $this->pdo()->getAttribute(constant("PDO::$with[0]")),
            // phpredis
            'redis' => Redis::connection($this->connection)->client()->{$with[0]}(...array_slice($with, 1)),
            'laravel redis' => Redis::connection($this->connection)->{$with[0]}(...array_slice($with, 1)),
            'redis option' => Redis::connection($this->connection)->client()->setOption(constant("Redis::OPT_$with[0]"), $with[1]),
            'get redis option' => Redis::connection($this->connection)->client()->getOption(constant("Redis::OPT_$with[0]")),
            'leave subscription' => Redis::connection($this->connection)->client()->subscribe($with, static fn () => throw new RuntimeException('left')),
            'purge redis' => Redis::purge($this->connection),
            // Memcached and caches
            'memcached' => Cache::store('memcached')->getStore()->getMemcached()->{$with[0]}(...array_slice($with, 1)),
            'memcached option' => Cache::store('memcached')->getStore()->getMemcached()->setOption(constant("Memcached::OPT_$with[0]"), $with[1]),
            'get memcached option' => Cache::store('memcached')->getStore()->getMemcached()->getOption(constant("Memcached::OPT_$with[0]")),
            'cache' => Cache::store($with[0])->{$with[1]}(...array_slice($with, 2)),
            'queue' => Queue::connection('redis')->pushRaw($with[0]),
            'queued' => Queue::connection('redis')->pop()?->getRawBody(),
            'broadcast' => Broadcast::connection('redis')->broadcast(['news'], 'event', []),
            // Ends of a job
            'keep' => self::keep($this->db()),
            'keep pdo' => self::keep($this->pdo()),
            'exit' => exit('exited'),
            'throw' => throw new Uncaught('thrown'),
            'fatal' => str_repeat('x', 1 << 40),
            'sleep' => usleep((int) ($with[0] * 1e6)),
        };
    }

    private function db(): Connection
    {
        return DB::connection($this->connection);
    }

    private function pdo(): PDO
    {
        return $this->db()->getPdo();
    }

    private function prepared(string $sql): PDOStatement
    {
        $statement = $this->pdo()->prepare($sql);
        $statement->execute();

        return $statement;
    }

    /** Leaves the other rows and results unread. */
    private function first(PDOStatement $statement): mixed
    {
        return $statement->columnCount() === 0 ? null : $statement->fetch(PDO::FETCH_NUM);
    }

    /** Keeps the object in cyclic garbage, which only PHP's collector frees. */
    private static function keep(object $session): void
    {
        $cycle = ['session' => $session];
        $cycle['cycle'] = &$cycle;
    }
}
