<?php

declare(strict_types=1);

namespace Laraman\NetBus;

use Laraman\Gateway\Argument;
use Laraman\Gateway\Protobuf;

/**
 * Limits per second to set at a gateway; 0 leaves a limit unchanged.
 */
final class LimitReq
{
    private int $onOpen = 0;

    private int $onMessage = 0;

    public function setOnOpen(int $opens): self
    {
        $this->onOpen = Argument::between($opens, 0, 2147483647, 'opens');

        return $this;
    }

    public function setOnMessage(int $messages): self
    {
        $this->onMessage = Argument::between($messages, 0, 2147483647, 'messages');

        return $this;
    }

    public function serializeToString(): string
    {
        return Protobuf::integer(1, $this->onOpen).Protobuf::integer(2, $this->onMessage);
    }
}
