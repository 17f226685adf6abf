<?php

declare(strict_types=1);

namespace Laraman\Worker;

use PDO;

use function Laraman\Native\is_session_free;

/**
 * A session that no job has.
 */
final class IdleSession
{
    /** Seconds without use after which a firewall or the server may have forgotten it. */
    private const IDLE = 60.0;

    /** Seconds: servers keep something of each statement that failed within a transaction; names get other addresses. */
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

    /** Nobody else has it, it is as it was when it was opened, and its server has not hung up. */
    public function isReady(): bool
    {
        $now = hrtime(true) / 1e9;

        return $now - $this->used < self::IDLE
            && $now - $this->opened < self::AGE
            && is_session_free($this->client)
            && ! ($this->client instanceof PDO && $this->client->inTransaction());  // by a destructor, after the job
    }
}
