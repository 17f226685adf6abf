<?php

declare(strict_types=1);

namespace Laraman\Contracts;

use Laraman\Gateway\Outgoing;

/**
 * Receives the operations on one connection, and turns them into the answer to its handshake, or into commands.
 */
interface Outbox
{
    /** @param  list<string>  $channels */
    public function join(string $connection, array $channels): void;

    /** @param  list<string>  $channels */
    public function leave(string $connection, array $channels): void;

    public function send(string $connection, Outgoing $message): void;

    public function close(string $connection, int $code, string $reason): void;

    /** An empty string removes the user. */
    public function setUser(string $connection, string $user): void;

    /** An empty string removes the session. */
    public function setSession(string $connection, string $session): void;
}
