<?php

declare(strict_types=1);

namespace Laraman\Facades;

use Illuminate\Contracts\Auth\Authenticatable;
use Illuminate\Support\Facades\Facade;
use Laraman\Audience;
use Laraman\Connection;
use Laraman\Contracts\Gateway as GatewayContract;
use Laraman\Contracts\GatewayClient;
use Laraman\Gateway\UserNames;
use Laraman\SessionConnections;
use Laraman\Testing\FakeGateway;

/**
 * Sends to connected clients, from any Laravel code: `Gateway::user($order->customer)->send('order.shipped', […])`.
 *
 * @method static Audience channel(string ...$channels) all connections of the channels
 * @method static Audience user(Authenticatable|string|int|iterable<Authenticatable|string|int> $user, ?string $guard = null) all connections of a user
 * @method static Audience connection(Connection|string ...$connections) single connections
 * @method static SessionConnections laravelSession(string $id) the connections that were opened with a Laravel session
 * @method static Audience all() all connections
 * @method static list<string> channels() the channels that have at least one connection
 *
 * @see GatewayContract
 */
final class Gateway extends Facade
{
    /**
     * Replaces the gateway with a fake that sends nothing, records all messages, and has assertions.
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
