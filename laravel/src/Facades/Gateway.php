<?php

declare(strict_types=1);

namespace Laraman\Facades;

use Illuminate\Contracts\Auth\Authenticatable;
use Illuminate\Support\Facades\Facade;
use Laraman\Connection;
use Laraman\Contracts\Gateway as GatewayContract;
use Laraman\Contracts\GatewayClient;
use Laraman\Gateway\UserNames;
use Laraman\PendingSend;
use Laraman\SessionConnections;
use Laraman\Testing\FakeGateway;

/**
 * From Laravel code to connected clients, from anywhere: `Gateway::user($order->customer)->send('order.shipped', […])`.
 *
 * @method static PendingSend channel(string ...$channels) everyone in the channel
 * @method static PendingSend user(Authenticatable|string|int|iterable<Authenticatable|string|int> $user, ?string $guard = null) all connections of a user
 * @method static PendingSend connection(Connection|string ...$connections) single connections
 * @method static SessionConnections laravelSession(string $id) those that were opened with a Laravel session
 * @method static PendingSend all() everyone
 * @method static list<string> channels() the channels that have a connection
 *
 * @see GatewayContract
 */
final class Gateway extends Facade
{
    /**
     * Puts a fake in the gateway's place that sends nothing, remembers all, and has assertions.
     */
    public static function fake(): FakeGateway
    {
        self::swap($fake = new FakeGateway(names: app(UserNames::class)));
        app()->instance(GatewayClient::class, $fake->client());

        return $fake;
    }

    protected static function getFacadeAccessor(): string
    {
        return GatewayContract::class;
    }
}
