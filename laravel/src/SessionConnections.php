<?php

declare(strict_types=1);

namespace Laraman;

use InvalidArgumentException;
use Laraman\Contracts\GatewayClient;
use Laraman\Exceptions\GatewayUnavailable;
use Laraman\Gateway\Argument;
use Laraman\Socket\Login;

/**
 * The connections that were opened with one Laravel session. The gateway stores only a hash of the session's id and does
 * not list connections by it, so the only operation is to close them.
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
     * Closes the connections.
     *
     * @param  int  $code  as Audience::close() takes it
     *
     * @throws GatewayUnavailable
     * @throws InvalidArgumentException
     */
    public function close(int $code = Login::ENDED, string $reason = ''): void
    {
        $this->client->closeLogins([$this->login], Argument::closeCode($code), Argument::reason($reason));
    }
}
