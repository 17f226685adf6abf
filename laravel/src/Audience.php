<?php

declare(strict_types=1);

namespace Laraman;

use Illuminate\Container\Container;
use InvalidArgumentException;
use Laraman\Contracts\GatewayClient;
use Laraman\Exceptions\GatewayUnavailable;
use Laraman\Gateway\Argument;
use Laraman\Gateway\Outgoing;
use Laraman\Gateway\Target;
use Laraman\Gateway\TargetKind;

/**
 * A set of connections, selected by channel, user or id, and the operations on it. Immutable: except() returns a new object.
 *
 * Every method may throw GatewayUnavailable outside the resident workers, and InvalidArgumentException for an invalid
 * argument (see Connection).
 *
 * @throws GatewayUnavailable
 * @throws InvalidArgumentException
 */
final class Audience
{
    public function __construct(private readonly GatewayClient $client, public readonly Target $target)
    {
    }

    /** Excludes connections, for example the sender's. */
    public function except(Connection|string ...$connections): self
    {
        return new self($this->client, $this->target->without(self::ids($connections)));
    }

    /** Sends {"event": …, "data": …} as JSON text. */
    public function send(string $event, mixed $data = null): void
    {
        $this->deliver(Outgoing::event($event, $data));
    }

    /** Sends a text message unchanged (UTF-8). */
    public function raw(string $text): void
    {
        $this->deliver(Outgoing::text($text));
    }

    /** Sends a binary message. */
    public function binary(string $bytes): void
    {
        $this->deliver(Outgoing::binary($bytes));
    }

    /**
     * Closes the connections. For users this includes connections whose handshake is under way. In open() it closes only
     * the users' open connections, never the connection that is being opened.
     *
     * @param  int  $code  1000, or 3000 to 4999, or another that RFC 6455 lets a server send
     * @param  string  $reason  at most 123 bytes of UTF-8
     */
    public function close(int $code = 1000, string $reason = ''): void
    {
        $opening = $this->opening()?->close($code, $reason);
        $this->client->disconnect($this->others($opening), Argument::closeCode($code), Argument::reason($reason), $this->beingOpened()->id ?? '');
    }

    /** Adds the connections to channels. */
    public function join(string ...$channels): void
    {
        $channels = Argument::names($channels, 'channels');
        $opening = $this->opening()?->join(...$channels);
        $this->client->changeChannels($this->others($opening), $channels, []);
    }

    /** Removes the connections from channels. */
    public function leave(string ...$channels): void
    {
        $channels = Argument::names($channels, 'channels');
        $opening = $this->opening()?->leave(...$channels);
        $this->client->changeChannels($this->others($opening), [], $channels);
    }

    /** Whether there is at least one connection. */
    public function online(): bool
    {
        return $this->count() > 0;
    }

    /** The number of connections. */
    public function count(): int
    {
        return $this->client->count($this->target);
    }

    /**
     * The ids of the connections.
     *
     * @return list<string>
     */
    public function connections(): array
    {
        return $this->client->connections($this->target);
    }

    /**
     * The users of the connections, without duplicates, by their names at the gateway: the auth identifier, prefixed by the
     * guard ("admin:7") unless that is the default guard. Guests are not listed.
     *
     * @return list<string>
     */
    public function users(): array
    {
        return $this->client->users($this->target);
    }

    /**
     * @internal
     *
     * @param  array<array-key, Connection|string>  $connections
     * @return list<string>
     */
    public static function ids(array $connections): array
    {
        return array_values(array_map(
            static fn (Connection|string $connection): string => $connection instanceof Connection ? $connection->id : Argument::id($connection, 'connections'),
            $connections,
        ));
    }

    private function deliver(Outgoing $message): void
    {
        $opening = $this->opening()?->deliver($message);
        $this->client->deliver($this->others($opening), $message);
    }

    /** The connection that is being opened, if its id is selected: the gateway does not know it before the answer. */
    private function opening(): ?Connection
    {
        $connection = $this->target->kind === TargetKind::Connection ? $this->beingOpened() : null;

        return $connection !== null && in_array($connection->id, array_diff($this->target->names, $this->target->except), true) ? $connection : null;
    }

    /** The connection whose handshake the current request is. */
    private function beingOpened(): ?Connection
    {
        $container = Container::getInstance();
        $connection = $container->bound(Connection::class) ? $container->make(Connection::class) : null;

        return $connection?->isOpening() === true ? $connection : null;
    }

    private function others(?Connection $opening): Target
    {
        return $opening === null ? $this->target : new Target($this->target->kind, array_values(array_diff($this->target->names, [$opening->id])), $this->target->except);
    }
}
