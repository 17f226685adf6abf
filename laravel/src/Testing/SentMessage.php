<?php

declare(strict_types=1);

namespace Laraman\Testing;

use Laraman\Gateway\Target;

/**
 * A message that the fake gateway has recorded.
 */
final class SentMessage
{
    public function __construct(
        public readonly Target $target,
        public readonly string $payload,
        public readonly bool $binary,
    ) {
    }

    /** The event of a message from send(); null for other messages. */
    public function event(): ?string
    {
        $envelope = $this->binary ? null : json_decode($this->payload, true);

        return is_array($envelope) && is_string($envelope['event'] ?? null) ? $envelope['event'] : null;
    }

    /** The data of a message from send(), as the client would see it. */
    public function data(): mixed
    {
        $envelope = $this->binary ? null : json_decode($this->payload, true);

        return is_array($envelope) ? ($envelope['data'] ?? null) : null;
    }
}
