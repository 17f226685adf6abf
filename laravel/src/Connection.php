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
 * One client's socket, as a handler sees it. PHP keeps no state of it: the gateway stores user, session string and
 * channels, and sends them with each event.
 *
 * In open(), changes are part of the answer to the handshake, and take effect before the client's first message is read.
 * In other methods they are commands, which are sent when the handler returns.
 *
 * Names of channels, users and events have 1 to 255 bytes of UTF-8, without control characters and without leading or
 * trailing spaces. An invalid argument causes an InvalidArgumentException at the call.
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
     * The user's model, from the guard that authenticated the handshake; loaded on the first call. Null for a guest.
     */
    public function user(): ?Authenticatable
    {
        return $this->userResolver === null ? null : ($this->userResolver)();
    }

    /**
     * The user's name at the gateway: the auth identifier, prefixed by its guard ("admin:7") unless that is the default
     * guard. Null for a guest.
     */
    public function userId(): ?string
    {
        return $this->userId === '' ? null : $this->userId;
    }

    /**
     * Gives the connection a user other than the handshake's, or none.
     *
     * @param  string|null  $guard  the user's guard; null: the guard of the model's class, or for an identifier the
     *                              application's default guard
     *
     * @throws InvalidArgumentException the class belongs to several guards, or to another guard
     */
    public function setUser(Authenticatable|string|int|null $user, ?string $guard = null): static
    {
        $this->userId = $user === null ? '' : $this->names->of($user, $guard);
        $this->outbox->setUser($this->id, $this->userId);

        return $this;
    }

    /**
     * The string that the application has stored at the gateway for this connection; empty by default.
     */
    public function session(): string
    {
        return $this->session;
    }

    /**
     * Stores a string (UTF-8) at the gateway for this connection; each later event contains it. In open() it may not contain
     * control characters, since it is sent in a header.
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
     * The current Laravel session of the browser that opened the connection, even if a request has given it another id since.
     * Changes are stored only by save(), which overwrites concurrent changes by a request. A session that no longer exists
     * (logged out, invalidated, expired) is empty, and its save() writes nothing. Null if the handshake had no session, or if
     * the session is in the browser's cookie.
     */
    public function laravelSession(): ?Session
    {
        return $this->sessionResolver === null ? null : ($this->sessionResolver)();
    }

    /**
     * The connection's channels at the time of the event, with this handler's own changes.
     *
     * @return list<string>
     */
    public function channels(): array
    {
        return $this->channels;
    }

    /** Adds the connection to channels. */
    public function join(string ...$channels): static
    {
        $channels = Argument::names($channels, 'channels');
        $this->outbox->join($this->id, $channels);
        $this->channels = array_values(array_unique([...$this->channels, ...$channels]));

        return $this;
    }

    /** Removes the connection from channels. */
    public function leave(string ...$channels): static
    {
        $channels = Argument::names($channels, 'channels');
        $this->outbox->leave($this->id, $channels);
        $this->channels = array_values(array_diff($this->channels, $channels));

        return $this;
    }

    /**
     * Sends {"event": …, "data": …} as JSON text. Messages and channels of open() are part of the answer to the handshake,
     * which has at most 4 MiB; more causes an InvalidArgumentException.
     */
    public function send(string $event, mixed $data = null): static
    {
        return $this->deliver(Outgoing::event($event, $data));
    }

    /** Sends a text message unchanged (UTF-8). */
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
     * Closes the connection after the messages sent so far.
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
     * Whether open() is running for this connection, so that the gateway does not know it yet.
     *
     * @internal
     */
    public function isOpening(): bool
    {
        return $this->outbox instanceof Answer && ! $this->outbox->isWritten();
    }

    /** Whether this handler has closed the connection. */
    public function isClosing(): bool
    {
        return $this->closing;
    }
}
