<?php

declare(strict_types=1);

namespace Laraman\Contracts;

use Illuminate\Contracts\Auth\Authenticatable;
use Laraman\Audience;
use Laraman\Connection;
use Laraman\SessionConnections;

/**
 * Sends from Laravel code to connected clients. The same calls work in a resident worker, under php-fpm, in a queued job
 * and in tinker.
 */
interface Gateway
{
    /** All connections of the channels. A connection that is in two of them gets two copies. */
    public function channel(string ...$channels): Audience;

    /**
     * All connections of users, given as models, identifiers, or names at the gateway ("admin:7").
     *
     * @param  Authenticatable|string|int|iterable<Authenticatable|string|int>  $user
     * @param  string|null  $guard  the guard of the identifiers; null: the default guard
     */
    public function user(Authenticatable|string|int|iterable $user, ?string $guard = null): Audience;

    /** Single connections. */
    public function connection(Connection|string ...$connections): Audience;

    /**
     * The connections that were opened with a Laravel session.
     *
     * @param  string  $id  the session's id, as session()->getId() returns it
     */
    public function laravelSession(string $id): SessionConnections;

    /** All connections. */
    public function all(): Audience;

    /**
     * The channels that have at least one connection.
     *
     * @return list<string>
     */
    public function channels(): array;
}
