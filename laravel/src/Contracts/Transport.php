<?php

declare(strict_types=1);

namespace Laraman\Contracts;

use Laraman\Exceptions\GatewayUnavailable;

/**
 * Carries encoded netsvr commands and queries to a gateway.
 */
interface Transport
{
    /**
     * Hands over a command. When it returns, the gateway has it, or (in a worker) gets it with the end of the job.
     *
     * @throws GatewayUnavailable
     */
    public function command(int $id, string $message): void;

    /**
     * Asks, and returns the reply's protobuf message.
     *
     * @throws GatewayUnavailable
     */
    public function query(int $id, string $message = ''): string;
}
