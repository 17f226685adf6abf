<?php

declare(strict_types=1);

namespace Laraman\Contracts;

use Laraman\Exceptions\GatewayUnavailable;
use Laraman\Gateway\Outgoing;
use Laraman\Gateway\Target;

/**
 * What a business can ask of the gateway. Every method throws GatewayUnavailable where the gateway cannot be reached.
 *
 * @throws GatewayUnavailable
 */
interface GatewayClient extends Outbox
{
    /** Sends one message to all connections of the target. */
    public function deliver(Target $target, Outgoing $message): void;

    /**
     * Closes all connections of the target.
     *
     * @param  string  $opening  id of the connection in whose handshake this is said; empty: none. Without it, those of users are closed too that are being opened
     */
    public function disconnect(Target $target, int $code, string $reason, string $opening = ''): void;

    /** Closes all connections of a user but those of one log-in; empty: all. */
    public function closeUser(string $user, int $code, string $reason, string $exceptLogin): void;

    /**
     * Closes all connections of log-ins.
     *
     * @param  list<string>  $logins  as Laraman\Socket\Login::key() names them
     */
    public function closeLogins(array $logins, int $code, string $reason): void;

    /**
     * Makes the connections of a log-in those of another, and changes their meta by name; an empty value removes one.
     *
     * @param  array<string, string>  $meta
     */
    public function updateLogin(string $login, string $newLogin, array $meta): void;

    /**
     * Changes a connection's meta by name; an empty value removes one.
     *
     * @param  array<string, string>  $meta
     */
    public function setMeta(string $connection, array $meta): void;

    /**
     * The ids of the target's open connections, each once.
     *
     * @return list<string>
     */
    public function connections(Target $target): array;

    /** How many open connections the target has. */
    public function count(Target $target): int;

    /**
     * The users among the target's connections, each once, as the gateway names them.
     *
     * @return list<string>
     */
    public function users(Target $target): array;

    /**
     * All channels that have a connection.
     *
     * @return list<string>
     */
    public function channels(): array;
}
