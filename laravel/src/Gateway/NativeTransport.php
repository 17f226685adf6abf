<?php

declare(strict_types=1);

namespace Laraman\Gateway;

use Laraman\Contracts\Transport;
use Laraman\Exceptions\GatewayUnavailable;
use RuntimeException;

use function function_exists;
use function Laraman\Native\command;
use function Laraman\Native\query;

/**
 * The existing link of a resident worker to its gateway. Commands are sent at the end of the job, in one write with its
 * acknowledgement.
 */
final class NativeTransport implements Transport
{
    /** @param  float  $timeout seconds to wait for the reply to a query */
    public function __construct(private readonly float $timeout = 5.0)
    {
    }

    /** @param  array<array-key, mixed>  $config the "gateway" part of config/laraman.php */
    public static function fromConfig(array $config): self
    {
        return new self(is_numeric($timeout = $config['timeout'] ?? null) ? (float) $timeout : 5.0);
    }

    /** Whether this process is a resident worker. */
    public static function available(): bool
    {
        return function_exists('Laraman\Native\command');
    }

    public function command(int $id, string $message): void
    {
        try {
            command($id, $message);
        } catch (RuntimeException $e) {
            throw new GatewayUnavailable("The worker's link to the gateway is down: {$e->getMessage()}", previous: $e);
        }
    }

    public function query(int $id, string $message = ''): string
    {
        try {
            return query($id, $message, $this->timeout);
        } catch (RuntimeException $e) {
            throw new GatewayUnavailable("The gateway did not answer the worker: {$e->getMessage()}", previous: $e);
        }
    }
}
