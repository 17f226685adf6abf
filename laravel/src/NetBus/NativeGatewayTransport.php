<?php

declare(strict_types=1);

namespace Laraman\NetBus;

use Laraman\Contracts\Transport;
use Laraman\Exceptions\GatewayUnavailable;
use RuntimeException;

use function Laraman\Native\gateway_command;
use function Laraman\Native\gateway_query;

/**
 * A resident worker's task socket to one of the gateways in config/laraman.php.
 */
final class NativeGatewayTransport implements Transport
{
    /** @param  int  $number  from 1 */
    public function __construct(private readonly int $number)
    {
    }

    public function command(int $id, string $message): void
    {
        try {
            gateway_command($this->number, $id, $message);
        } catch (RuntimeException $e) {
            throw new GatewayUnavailable($e->getMessage(), previous: $e);
        }
    }

    public function query(int $id, string $message = ''): string
    {
        try {
            return gateway_query($this->number, $id, $message);
        } catch (RuntimeException $e) {
            throw new GatewayUnavailable($e->getMessage(), previous: $e);
        }
    }
}
