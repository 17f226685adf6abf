<?php

declare(strict_types=1);

namespace Laraman\Worker;

use PDO;

use function Laraman\Native\is_session_free;

/**
 * A session that no job uses.
 */
final class IdleSession
{
    /** Seconds without use after which a firewall or the server may have dropped the session. */
    private const IDLE = 60.0;

    /** Maximum age in seconds: servers keep state of each statement that failed in a transaction; host names change addresses. */
    private const AGE = 600.0;

    /**
     * @param  array<int, mixed>  $options  of its client when it was opened
     * @param  float  $opened  seconds of hrtime()
     * @param  float  $used  seconds of hrtime()
     */
    public function __construct(
        public readonly string $key,
        public readonly object $client,
        public readonly array $options,
        public readonly float $opened,
        private readonly float $used,
    ) {
    }

    /** Whether no other code refers to it, it is unchanged since it was opened, and its server has not closed it. */
    public function isReady(): bool
    {
        $now = hrtime(true) / 1e9;

        return $now - $this->used < self::IDLE
            && $now - $this->opened < self::AGE
            && is_session_free($this->client)
            && ! ($this->client instanceof PDO && $this->client->inTransaction());  // begun by a destructor, after the job
    }
}
