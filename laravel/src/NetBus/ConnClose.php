<?php

declare(strict_types=1);

namespace Laraman\NetBus;

use JsonSerializable;

/**
 * A client has disconnected from a gateway.
 */
final class ConnClose implements JsonSerializable
{
    use AsProtobufJson;

    /** @param  list<string>  $topics */
    public function __construct(
        private readonly string $uniqId,
        private readonly string $customerId = '',
        private readonly string $session = '',
        private readonly array $topics = [],
    ) {
    }

    public function getUniqId(): string
    {
        return $this->uniqId;
    }

    public function getCustomerId(): string
    {
        return $this->customerId;
    }

    public function getSession(): string
    {
        return $this->session;
    }

    /** @return list<string> */
    public function getTopics(): array
    {
        return $this->topics;
    }

    protected function members(): array
    {
        return [
            'uniqId' => $this->uniqId,
            'customerId' => $this->customerId,
            'session' => $this->session,
            'topics' => $this->topics,
        ];
    }
}
