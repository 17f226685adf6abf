<?php

declare(strict_types=1);

namespace Laraman\Worker;

use Closure;
use Laraman\Persist;
use PDO;
use PDOException;
use Redis;
use ReflectionClass;
use Throwable;
use WeakMap;

use function Laraman\Native\is_session_changed;
use function Laraman\Native\open_session;

/**
 * Keeps a resident worker's database and cache sessions open from job to job: objects of PDO, Redis and Memcached. Each job
 * creates Laravel's connections from its current configuration; they take a session that was opened with exactly the same
 * configuration and that no other connection uses. A session that a job has changed, for example with a raw BEGIN or SET, or
 * Redis's SELECT, is closed after that job.
 */
#[Persist]
final class SessionPool
{
    /** Maximum number of idle sessions; above it the one that is idle for the longest time is closed. */
    private const MOST = 16;

    /** @var list<IdleSession> in the order of their last use */
    private array $idle = [];

    /** @var WeakMap<object, array{string, float, array<int, mixed>}> key, time and options of the sessions in use */
    private WeakMap $lent;

    /** @var list<int>|null */
    private ?array $redisOptions = null;

    public function __construct()
    {
        $this->lent = new WeakMap;
    }

    /**
     * The key of a session: the whole configuration. Null if the configuration cannot be a key, since it contains a closure.
     *
     * @param  array<array-key, mixed>  $config
     */
    public static function key(string $kind, array $config): ?string
    {
        try {
            return $kind.hash('xxh128', serialize($config));
        } catch (Throwable) {
            return null;
        }
    }

    /**
     * @template T of object
     *
     * @param  Closure(): T  $connect
     * @return T
     */
    public function take(string $key, Closure $connect): object
    {
        foreach (array_reverse($this->idle, true) as $i => $session) {
            if ($session->key !== $key) {
                continue;
            }

            array_splice($this->idle, $i, 1);

            if ($session->isReady()) {
                /** @var T $client */
                $client = $session->client;
                $this->lent[$client] = [$key, $session->opened, $session->options];

                return $client;
            }
        }

        // Statements that Laravel sends while it connects follow from the configuration.
        $client = open_session($connect);
        $this->lent[$client] = [$key, hrtime(true) / 1e9, $this->options($client)];

        return $client;
    }

    /** Removes a session, so that it is not kept after the job. */
    public function drop(object $client): void
    {
        unset($this->lent[$client]);
    }

    /** Called at the end of a job: takes back its sessions. */
    public function collect(): void
    {
        if (count($this->lent) === 0) {
            return;
        }

        $now = hrtime(true) / 1e9;

        foreach ($this->lent as $client => [$key, $opened, $options]) {
            if ($this->clean($client, $options)) {
                $this->idle[] = new IdleSession($key, $client, $options, $opened, $now);
            }
        }

        $this->lent = new WeakMap;
        $this->idle = array_slice($this->idle, -self::MOST);
    }

    /**
     * Rolls back an open transaction. Returns false for a session that must not be used again.
     *
     * @param  array<int, mixed>  $options
     */
    private function clean(object $client, array $options): bool
    {
        $isChanged = is_session_changed($client);

        if ($client instanceof PDO) {
            try {
                if ($client->inTransaction()) {
                    @$client->rollBack();
                } elseif ($isChanged) {
                    @$client->exec('ROLLBACK');  // after a raw BEGIN, which PDO does not notice; the application may still refer to the session
                }
            } catch (PDOException) {
                return false;  // there was no transaction, or the session is dead
            }
        }

        return ! $isChanged && (! $client instanceof Redis || ($client->getMode() === Redis::ATOMIC && $this->options($client) === $options));
    }

    /**
     * Options of a Redis client for commands and replies: a job may change them temporarily, as Laravel's rate limiter does.
     *
     * @return array<int, mixed>
     */
    private function options(object $client): array
    {
        return $client instanceof Redis ? array_map($client->getOption(...), $this->redisOptions ??= self::redisOptions()) : [];
    }

    /** @return list<int> all options of this version of phpredis */
    private static function redisOptions(): array
    {
        $constants = (new ReflectionClass(Redis::class))->getConstants();

        return array_values(array_filter(
            $constants, static fn (mixed $value, string $name): bool => is_int($value) && str_starts_with($name, 'OPT_'), ARRAY_FILTER_USE_BOTH,
        ));
    }
}
