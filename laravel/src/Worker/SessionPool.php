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
 * Keeps a resident worker's sessions with servers of data open from job to job: objects of PDO, Redis and Memcached. Each
 * job makes Laravel's connections from the configuration as it is then; what they get is a session that was opened with
 * the very same configuration, and that nobody else has. One that a job has changed, by a raw BEGIN, SET or SELECT say, is
 * closed after that job.
 */
#[Persist]
final class SessionPool
{
    /** Sessions without a user that are kept; above it the one that nobody used for the longest time is closed. */
    private const MOST = 16;

    /** @var list<IdleSession> the one used last at the end */
    private array $idle = [];

    /** @var WeakMap<object, array{string, float, array<int, mixed>}> key, time and options of those in use */
    private WeakMap $lent;

    /** @var list<int>|null */
    private ?array $redisOptions = null;

    public function __construct()
    {
        $this->lent = new WeakMap;
    }

    /**
     * By which sessions are known: all of the configuration. Null for one that has no key, such as a closure in it.
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

        // What Laravel sends while it connects is the configuration's.
        $client = open_session($connect);
        $this->lent[$client] = [$key, hrtime(true) / 1e9, $this->options($client)];

        return $client;
    }

    /** It is not kept when the job is over. */
    public function drop(object $client): void
    {
        unset($this->lent[$client]);
    }

    /** The job is over: its sessions are not used any more. */
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
     * Rolls back what is left open. False for a session that is not to be used again.
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
                    @$client->exec('ROLLBACK');  // of a raw BEGIN, which PDO does not know; the application may still have the session
                }
            } catch (PDOException) {
                return false;  // there was no transaction, or the session is dead
            }
        }

        return ! $isChanged && (! $client instanceof Redis || ($client->getMode() === Redis::ATOMIC && $this->options($client) === $options));
    }

    /**
     * What a client of Redis adds to commands and makes of replies: a job may change it for a moment, as Laravel's rate
     * limiter does.
     *
     * @return array<int, mixed>
     */
    private function options(object $client): array
    {
        return $client instanceof Redis ? array_map($client->getOption(...), $this->redisOptions ??= self::redisOptions()) : [];
    }

    /** @return list<int> all that this version of phpredis knows */
    private static function redisOptions(): array
    {
        $constants = (new ReflectionClass(Redis::class))->getConstants();

        return array_values(array_filter(
            $constants, static fn (mixed $value, string $name): bool => is_int($value) && str_starts_with($name, 'OPT_'), ARRAY_FILTER_USE_BOTH,
        ));
    }
}
