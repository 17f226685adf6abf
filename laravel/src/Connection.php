<?php

declare(strict_types=1);

namespace Laraman;

use Closure;
use Illuminate\Contracts\Auth\Authenticatable;
use Illuminate\Contracts\Session\Session;
use InvalidArgumentException;
use Laraman\Contracts\Outbox;
use Laraman\Gateway\Argument;
use Laraman\Gateway\Outgoing;
use Laraman\Gateway\UserNames;
use Laraman\Handshake\Answer;

/**
 * One client's socket, as a handler sees it. Nothing of it lives in PHP: the gateway keeps user, session string and
 * channels, and hands them over with each event.
 *
 * Inside open() the changes ride in the handshake's answer and are in force before the client's first message is read;
 * later they are commands, which leave when the handler returns.
 *
 * Names of channels, users and events have 1 to 255 bytes of UTF-8, without control characters and outer spaces. An
 * argument that cannot be is an InvalidArgumentException at the call.
 *
 * @throws InvalidArgumentException
 */
final class Connection
{
    private bool $closing = false;

    /**
     * @internal
     *
     * @param  string  $id  28 hex digits
     * @param  list<string>  $channels
     * @param  null|Closure(): ?Authenticatable  $userResolver
     * @param  null|Closure(): ?Session  $sessionResolver
     */
    public function __construct(
        public readonly string $id,
        private readonly Outbox $outbox,
        private string $userId = '',
        private string $session = '',
        private array $channels = [],
        public readonly string $path = '',
        private readonly ?Closure $userResolver = null,
        private readonly ?Closure $sessionResolver = null,
        private readonly UserNames $names = new UserNames,
    ) {
    }

    /**
     * The user's model by the guard that the handshake was authenticated with; loaded on the first call. Null for a guest.
     */
    public function user(): ?Authenticatable
    {
        return $this->userResolver === null ? null : ($this->userResolver)();
    }

    /**
     * What the gateway calls the connection's user: the auth identifier, prefixed by its guard ("admin:7") unless that
     * is the default one. Null for a guest.
     */
    public function userId(): ?string
    {
        return $this->userId === '' ? null : $this->userId;
    }

    /**
     * Gives the connection a user other than the handshake's, or none.
     *
     * @param  string|null  $guard  the guard that the user belongs to; null: that of a model's class, and for an identifier the
     *                              application's default one
     *
     * @throws InvalidArgumentException the class is that of several guards, or of another guard
     */
    public function setUser(Authenticatable|string|int|null $user, ?string $guard = null): static
    {
        $this->userId = $user === null ? '' : $this->names->of($user, $guard);
        $this->outbox->setUser($this->id, $this->userId);

        return $this;
    }

    /**
     * The string that the application keeps at the gateway for this connection; empty until it sets one.
     */
    public function session(): string
    {
        return $this->session;
    }

    /**
     * Keeps a string (UTF-8) at the gateway for this connection; it comes with each later event. In open() it may not contain
     * control characters (it travels in a header).
     *
     * @throws InvalidArgumentException in open() also above 128 KiB
     */
    public function setSession(string $session): static
    {
        $this->outbox->setSession($this->id, Argument::text($session, 'session'));
        $this->session = $session;

        return $this;
    }

    /**
     * Laravel's session of the browser that opened the connection, as it is now, also under the id that a request has given
     * it since. What is changed in it is kept only after its save(), and overwrites what a request changed at the same time.
     * One that is gone (logged out, invalidated, expired) is empty, and its save() writes nothing. Null where the handshake
     * had none, or where the session is in the browser's cookie.
     */
    public function laravelSession(): ?Session
    {
        return $this->sessionResolver === null ? null : ($this->sessionResolver)();
    }

    /**
     * The channels that it was in when the event occurred, with what this handler changed since.
     *
     * @return list<string>
     */
    public function channels(): array
    {
        return $this->channels;
    }

    /** Adds it to channels. */
    public function join(string ...$channels): static
    {
        $channels = Argument::names($channels, 'channels');
        $this->outbox->join($this->id, $channels);
        $this->channels = array_values(array_unique([...$this->channels, ...$channels]));

        return $this;
    }

    /** Takes it out of channels. */
    public function leave(string ...$channels): static
    {
        $channels = Argument::names($channels, 'channels');
        $this->outbox->leave($this->id, $channels);
        $this->channels = array_values(array_diff($this->channels, $channels));

        return $this;
    }

    /**
     * Sends {"event": …, "data": …} as JSON text. What open() sends and joins is part of the handshake's answer, which takes
     * 4 MiB: more is an InvalidArgumentException.
     */
    public function send(string $event, mixed $data = null): static
    {
        return $this->deliver(Outgoing::event($event, $data));
    }

    /** Sends a text message as it is (UTF-8). */
    public function raw(string $text): static
    {
        return $this->deliver(Outgoing::text($text));
    }

    /** Sends a binary message. */
    public function binary(string $bytes): static
    {
        return $this->deliver(Outgoing::binary($bytes));
    }

    /** @internal */
    public function deliver(Outgoing $message): static
    {
        $this->outbox->send($this->id, $message);

        return $this;
    }

    /**
     * Closes it, after what was sent before.
     *
     * @param  int  $code  1000, or 3000 to 4999, or another that RFC 6455 lets a server send
     * @param  string  $reason  at most 123 bytes of UTF-8
     */
    public function close(int $code = 1000, string $reason = ''): static
    {
        $this->outbox->close($this->id, Argument::closeCode($code), Argument::reason($reason));
        $this->closing = true;

        return $this;
    }

    /**
     * Whether open() runs for it, so that the gateway does not have it yet.
     *
     * @internal
     */
    public function isOpening(): bool
    {
        return $this->outbox instanceof Answer && ! $this->outbox->isWritten();
    }

    /** Whether this handler has closed it. */
    public function isClosing(): bool
    {
        return $this->closing;
    }
}
