<?php

declare(strict_types=1);

namespace Laraman\NetBus;

use Laraman\Gateway\Argument;
use Laraman\Gateway\Protobuf;

/**
 * Changes a connection's data at a gateway; an empty value changes nothing.
 */
final class ConnInfoUpdate
{
    private string $uniqId = '';

    private string $newSession = '';

    private string $newCustomerId = '';

    /** @var list<string> */
    private array $newTopics = [];

    private string $data = '';

    public function setUniqId(string $uniqId): self
    {
        $this->uniqId = Argument::text($uniqId, 'uniqId');

        return $this;
    }

    public function getUniqId(): string
    {
        return $this->uniqId;
    }

    public function setNewSession(string $session): self
    {
        $this->newSession = Argument::text($session, 'session');

        return $this;
    }

    public function setNewCustomerId(string $customerId): self
    {
        $this->newCustomerId = Argument::text($customerId, 'customerId');

        return $this;
    }

    /** @param  array<array-key, string>  $topics  replace all topics of the connection */
    public function setNewTopics(array $topics): self
    {
        $this->newTopics = array_map(static fn (string $topic): string => Argument::text($topic, 'topics'), array_values($topics));

        return $this;
    }

    /** Sent to the client afterwards. */
    public function setData(string $data): self
    {
        $this->data = $data;

        return $this;
    }

    public function serializeToString(): string
    {
        return Protobuf::bytes(1, $this->uniqId).Protobuf::bytes(3, $this->newSession).Protobuf::bytes(4, $this->newCustomerId)
            .Protobuf::repeated(5, $this->newTopics).Protobuf::bytes(6, $this->data);
    }
}
