<?php

declare(strict_types=1);

namespace Laraman\Contracts;

use Illuminate\Contracts\Auth\Authenticatable;
use Laraman\Connection;
use Laraman\PendingSend;
use Laraman\SessionConnections;

/**
 * The way from Laravel code to connected clients. The same calls work in a resident worker, under php-fpm, in a queued
 * job and in tinker.
 */
interface Gateway
{
    /** Everyone in the channel. Of several channels, someone in two of them gets two copies. */
    public function channel(string ...$channels): PendingSend;

    /**
     * All connections of users, given as models, identifiers, or the gateway's names for them ("admin:7").
     *
     * @param  Authenticatable|string|int|iterable<Authenticatable|string|int>  $user
     * @param  string|null  $guard  the guard that the identifiers belong to; null: the default one
     */
    public function user(Authenticatable|string|int|iterable $user, ?string $guard = null): PendingSend;

    /** Single connections. */
    public function connection(Connection|string ...$connections): PendingSend;

    /**
     * The connections that were opened with a Laravel session.
     *
     * @param  string  $id  its id, as session()->getId() gives it
     */
    public function laravelSession(string $id): SessionConnections;

    /** Everyone. */
    public function all(): PendingSend;

    /**
     * The channels that have a connection.
     *
     * @return list<string>
     */
    public function channels(): array;
}
