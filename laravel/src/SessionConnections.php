<?php

declare(strict_types=1);

namespace Laraman;

use InvalidArgumentException;
use Laraman\Contracts\GatewayClient;
use Laraman\Exceptions\GatewayUnavailable;
use Laraman\Gateway\Argument;
use Laraman\Socket\Login;

/**
 * The connections that were opened with one Laravel session. The gateway knows a session by a hash of its id, and lists
 * nobody by it, so they can be closed and no more.
 */
final class SessionConnections
{
    /**
     * @internal
     *
     * @param  string  $login  as Login::key() names it
     */
    public function __construct(private readonly GatewayClient $client, private readonly string $login)
    {
    }

    /**
     * Closes them.
     *
     * @param  int  $code  as PendingSend::close() takes it
     *
     * @throws GatewayUnavailable
     * @throws InvalidArgumentException
     */
    public function close(int $code = Login::ENDED, string $reason = ''): void
    {
        $this->client->closeLogins([$this->login], Argument::closeCode($code), Argument::reason($reason));
    }
}
