<?php

declare(strict_types=1);

namespace Laraman\Contracts;

use Laraman\Exceptions\GatewayUnavailable;
use Laraman\Gateway\Outgoing;
use Laraman\Gateway\Target;

/**
 * The commands and queries of a business. Every method throws GatewayUnavailable if the gateway cannot be reached.
 *
 * @throws GatewayUnavailable
 */
interface GatewayClient extends Outbox
{
    /** Sends one message to all connections of the target. */
    public function deliver(Target $target, Outgoing $message): void;

    /**
     * Removes all connections of the target from channels, and adds them to others.
     *
     * @param  list<string>  $join
     * @param  list<string>  $leave
     */
    public function changeChannels(Target $target, array $join, array $leave): void;

    /**
     * Closes all connections of the target.
     *
     * @param  string  $opening  id of the connection in whose handshake this is called; empty: none. Without it, the users' connections whose handshake is under way are closed too
     */
    public function disconnect(Target $target, int $code, string $reason, string $opening = ''): void;

    /** Closes all connections of a user except those of one log-in; empty: all. */
    public function closeUser(string $user, int $code, string $reason, string $exceptLogin): void;

    /**
     * Closes all connections of log-ins.
     *
     * @param  list<string>  $logins  as Laraman\Socket\Login::key() names them
     */
    public function closeLogins(array $logins, int $code, string $reason): void;

    /**
     * Assigns the connections of a log-in to another log-in, and changes their meta by name; an empty value removes a name.
     *
     * @param  array<string, string>  $meta
     */
    public function updateLogin(string $login, string $newLogin, array $meta): void;

    /**
     * Changes a connection's meta by name; an empty value removes a name.
     *
     * @param  array<string, string>  $meta
     */
    public function setMeta(string $connection, array $meta): void;

    /**
     * The ids of the target's open connections, without duplicates.
     *
     * @return list<string>
     */
    public function connections(Target $target): array;

    /** The number of the target's open connections. */
    public function count(Target $target): int;

    /**
     * The users of the target's connections, without duplicates, by their names at the gateway.
     *
     * @return list<string>
     */
    public function users(Target $target): array;

    /**
     * All channels that have at least one connection.
     *
     * @return list<string>
     */
    public function channels(): array;
}
