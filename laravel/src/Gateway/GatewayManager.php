<?php

declare(strict_types=1);

namespace Laraman\Gateway;

use Illuminate\Contracts\Auth\Authenticatable;
use Laraman\Audience;
use Laraman\Connection;
use Laraman\Contracts\Gateway;
use Laraman\Contracts\GatewayClient;
use Laraman\SessionConnections;
use Laraman\Socket\Login;

/**
 * Implements the Gateway facade: creates targets, and passes them to the client.
 */
class GatewayManager implements Gateway
{
    public function __construct(protected readonly GatewayClient $client, protected readonly UserNames $names)
    {
    }

    public function channel(string ...$channels): Audience
    {
        return $this->target(TargetKind::Channel, Argument::names($channels, 'channels'));
    }

    /** @param  Authenticatable|string|int|iterable<Authenticatable|string|int>  $user */
    public function user(Authenticatable|string|int|iterable $user, ?string $guard = null): Audience
    {
        $names = [];

        foreach ($user instanceof Authenticatable || ! is_iterable($user) ? [$user] : $user as $one) {
            if (! $one instanceof Authenticatable && ! is_string($one) && ! is_int($one)) {
                throw Argument::invalid('user', 'has a '.get_debug_type($one).'; a user is a model, an identifier or a name');
            }

            $names[] = $this->names->of($one, $guard);
        }

        return $this->target(TargetKind::User, $names);
    }

    public function connection(Connection|string ...$connections): Audience
    {
        return $this->target(TargetKind::Connection, Audience::ids($connections));
    }

    public function laravelSession(string $id): SessionConnections
    {
        return new SessionConnections($this->client, Login::key(Argument::name($id, 'id')));
    }

    public function all(): Audience
    {
        return $this->target(TargetKind::All);
    }

    public function channels(): array
    {
        return $this->client->channels();
    }

    /** @param  list<string>  $names */
    private function target(TargetKind $kind, array $names = []): Audience
    {
        return new Audience($this->client, new Target($kind, $names));
    }
}
