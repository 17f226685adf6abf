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
     * Sends a command. When the method returns, the gateway has received it, or (in a worker) will get it at the end of the job.
     *
     * @throws GatewayUnavailable
     */
    public function command(int $id, string $message): void;

    /**
     * Sends a query and returns the reply's protobuf message.
     *
     * @throws GatewayUnavailable
     */
    public function query(int $id, string $message = ''): string;
}
