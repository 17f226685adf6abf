<?php

declare(strict_types=1);

namespace Laraman\NetBus;

use Laraman\Gateway\Argument;
use Laraman\Gateway\Protobuf;

/**
 * Deletes parts of a connection's data at a gateway.
 */
final class ConnInfoDelete
{
    private string $uniqId = '';

    private bool $delSession = false;

    private bool $delCustomerId = false;

    private bool $delTopic = false;

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

    public function setDelSession(bool $delete): self
    {
        $this->delSession = $delete;

        return $this;
    }

    public function setDelCustomerId(bool $delete): self
    {
        $this->delCustomerId = $delete;

        return $this;
    }

    public function setDelTopic(bool $delete): self
    {
        $this->delTopic = $delete;

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
        return Protobuf::bytes(1, $this->uniqId).Protobuf::integer(2, $this->delSession).Protobuf::integer(3, $this->delCustomerId)
            .Protobuf::integer(4, $this->delTopic).Protobuf::bytes(5, $this->data);
    }
}
