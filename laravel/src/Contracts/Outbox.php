<?php

declare(strict_types=1);

namespace Laraman\Contracts;

use Laraman\Gateway\Outgoing;

/**
 * Takes what is to happen to one connection: the answer of its handshake, or commands to the gateway.
 */
interface Outbox
{
    /** @param  list<string>  $channels */
    public function join(string $connection, array $channels): void;

    /** @param  list<string>  $channels */
    public function leave(string $connection, array $channels): void;

    public function send(string $connection, Outgoing $message): void;

    public function close(string $connection, int $code, string $reason): void;

    /** An empty string takes the user away. */
    public function setUser(string $connection, string $user): void;

    /** An empty string takes the session away. */
    public function setSession(string $connection, string $session): void;
}
