<?php

declare(strict_types=1);

namespace Laraman\Testing;

use Laraman\Gateway\Target;

/**
 * A message that a fake gateway was given.
 */
final class SentMessage
{
    public function __construct(
        public readonly Target $target,
        public readonly string $payload,
        public readonly bool $binary,
    ) {
    }

    /** The event of a message that was sent with send(); null for another. */
    public function event(): ?string
    {
        $envelope = $this->binary ? null : json_decode($this->payload, true);

        return is_array($envelope) && is_string($envelope['event'] ?? null) ? $envelope['event'] : null;
    }

    /** The data of such a message, as the client would see it. */
    public function data(): mixed
    {
        $envelope = $this->binary ? null : json_decode($this->payload, true);

        return is_array($envelope) ? ($envelope['data'] ?? null) : null;
    }
}
