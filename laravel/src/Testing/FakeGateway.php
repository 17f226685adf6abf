<?php

declare(strict_types=1);

namespace Laraman\Testing;

use Closure;
use Illuminate\Contracts\Auth\Authenticatable;
use Laraman\Connection;
use Laraman\Gateway\Argument;
use Laraman\Gateway\GatewayManager;
use Laraman\Gateway\TargetKind;
use Laraman\Gateway\UserNames;
use Laraman\Socket\Login;
use PHPUnit\Framework\Assert;

/**
 * A gateway for tests: it sends nothing, and has assertions about the messages that would have been sent.
 */
final class FakeGateway extends GatewayManager
{
    public function __construct(private readonly FakeClient $fake = new FakeClient, UserNames $names = new UserNames)
    {
        parent::__construct($fake, $names);
    }

    /** The underlying client, with all recorded messages and closes. */
    public function client(): FakeClient
    {
        return $this->fake;
    }

    /**
     * An open connection for tests of handlers: the fake records their operations on it.
     *
     * @param  list<string>  $channels
     * @param  string|null  $laravelSession  id of the session with which it was opened
     */
    public function connect(
        string $id = '0000000000000000000000000001',
        Authenticatable|string|int|null $user = null,
        array $channels = [],
        ?string $laravelSession = null,
    ): Connection {
        $name = $user === null ? '' : $this->names->of($user);
        $this->fake->connect(Argument::id($id, 'id'), $name, Argument::names($channels, 'channels'), $laravelSession === null ? '' : Login::key($laravelSession));

        $model = $user instanceof Authenticatable ? $user : null;

        return new Connection($id, $this->fake, $name, '', $channels, '/', static fn (): ?Authenticatable => $model, names: $this->names);
    }

    /**
     * All messages, or only those with this event (from send()).
     *
     * @return list<SentMessage>
     */
    public function sent(?string $event = null): array
    {
        return array_values(array_filter(
            $this->fake->sent,
            static fn (SentMessage $message): bool => $event === null || $message->event() === $event,
        ));
    }

    /**
     * Asserts that the event was sent at least once; with a callback, that it returned true for the data and message.
     *
     * @param  null|Closure(mixed, SentMessage): bool  $matches
     */
    public function assertSent(string $event, ?Closure $matches = null): void
    {
        Assert::assertNotEmpty($this->matching($event, $matches), "The event [$event] was not sent as expected.");
    }

    /** @param  null|Closure(mixed, SentMessage): bool  $matches */
    public function assertNotSent(string $event, ?Closure $matches = null): void
    {
        Assert::assertEmpty($this->matching($event, $matches), "The event [$event] was sent.");
    }

    public function assertSentCount(int $count, ?string $event = null): void
    {
        Assert::assertCount($count, $this->sent($event));
    }

    /** @param  null|Closure(mixed, SentMessage): bool  $matches */
    public function assertSentToChannel(string $channel, string $event, ?Closure $matches = null): void
    {
        $this->assertSentTo(TargetKind::Channel, $channel, $event, $matches);
    }

    /** @param  null|Closure(mixed, SentMessage): bool  $matches */
    public function assertSentToUser(Authenticatable|string|int $user, string $event, ?Closure $matches = null): void
    {
        $this->assertSentTo(TargetKind::User, $this->names->of($user), $event, $matches);
    }

    /** @param  null|Closure(mixed, SentMessage): bool  $matches */
    public function assertSentToConnection(Connection|string $connection, string $event, ?Closure $matches = null): void
    {
        $this->assertSentTo(TargetKind::Connection, is_string($connection) ? $connection : $connection->id, $event, $matches);
    }

    /** @param  null|Closure(mixed, SentMessage): bool  $matches */
    public function assertSentToAll(string $event, ?Closure $matches = null): void
    {
        $this->assertSent($event, static fn (mixed $data, SentMessage $message): bool => $message->target->kind === TargetKind::All
            && ($matches === null || $matches($data, $message)));
    }

    public function assertNothingSent(): void
    {
        $payloads = array_map(static fn (SentMessage $message): string => $message->payload, $this->fake->sent);

        Assert::assertSame([], $payloads, 'Messages were sent.');
    }

    /** Asserts that the connection, or a target that includes its id, was closed; with this code, if one is given. */
    public function assertClosed(Connection|string $connection, ?int $code = null): void
    {
        $id = is_string($connection) ? $connection : $connection->id;
        $closed = array_filter($this->fake->closed, static fn (array $close): bool => in_array($id, $close['target']->names, true)
            && ($code === null || $close['code'] === $code));

        Assert::assertNotEmpty($closed, "[$id] was not closed".($code === null ? '.' : " with $code."));
    }

    /** Asserts that the connections of a Laravel session were closed, even if it has none; with this code, if one is given. */
    public function assertLaravelSessionClosed(string $id, ?int $code = null): void
    {
        $closed = array_filter($this->fake->closedLogins, static fn (array $close): bool => $close['login'] === Login::key($id)
            && ($code === null || $close['code'] === $code));

        Assert::assertNotEmpty($closed, 'The connections of the session were not closed'.($code === null ? '.' : " with $code."));
    }

    public function assertNothingClosed(): void
    {
        Assert::assertSame([], $this->fake->closed, 'Connections were closed.');
    }

    /** @param  null|Closure(mixed, SentMessage): bool  $matches */
    private function assertSentTo(TargetKind $kind, string $name, string $event, ?Closure $matches): void
    {
        $found = $this->matching($event, static fn (mixed $data, SentMessage $message): bool => $message->target->kind === $kind
            && in_array($name, $message->target->names, true)
            && ($matches === null || $matches($data, $message)));

        Assert::assertNotEmpty($found, "The event [$event] was not sent to the $kind->value [$name] as expected.");
    }

    /**
     * @param  null|Closure(mixed, SentMessage): bool  $matches
     * @return list<SentMessage>
     */
    private function matching(string $event, ?Closure $matches): array
    {
        return array_values(array_filter(
            $this->sent($event),
            static fn (SentMessage $message): bool => $matches === null || $matches($message->data(), $message),
        ));
    }
}
