<?php

declare(strict_types=1);

namespace Laraman\Socket;

use Illuminate\Auth\GuardHelpers;
use Illuminate\Contracts\Auth\Authenticatable;
use Illuminate\Contracts\Auth\Guard;
use Illuminate\Contracts\Auth\SupportsBasicAuth;
use Illuminate\Contracts\Auth\UserProvider;
use Symfony\Component\HttpKernel\Exception\UnauthorizedHttpException;

/**
 * The guard while a socket event is handled: its user is the connection's user, loaded on first use. It replaces the guard
 * that authenticated the handshake, so Auth::user(), Gate and policies work in a handler.
 */
final class ConnectionGuard implements Guard, SupportsBasicAuth
{
    use GuardHelpers;

    /** Name of the driver. */
    public const DRIVER = 'laraman-connection';

    private bool $loaded = false;

    /**
     * @param  string  $identifier  the auth identifier; empty for a guest
     * @param  string  $key  the application's key
     */
    public function __construct(private readonly ?UserProvider $users, private readonly string $identifier, private readonly string $key = '')
    {
        if ($users !== null) {
            $this->provider = $users;
        }
    }

    /** Whether the guard can load users: one without a provider, such as Sanctum's, cannot. */
    public function loadsUsers(): bool
    {
        return $this->users !== null;
    }

    public function user(): ?Authenticatable
    {
        if (! $this->loaded && $this->user === null) {
            $this->loaded = true;

            if ($this->identifier !== '') {
                $this->user = $this->users?->retrieveById($this->identifier);
            }
        }

        return $this->user;
    }

    /** For AuthenticateSession as message middleware: the form in which the session's guard stores a password hash. */
    public function hashPasswordForCookie(string $hash): string
    {
        return hash_hmac('sha256', $hash, $this->key);
    }

    /**
     * For auth.basic as message middleware: the handshake had the credentials, and its user is the connection's user.
     *
     * @param  string  $field
     * @param  array<array-key, mixed>  $extraConditions
     */
    public function basic($field = 'email', $extraConditions = []): null
    {
        return $this->check() ? null : throw new UnauthorizedHttpException('Basic', 'Invalid credentials.');
    }

    /**
     * @param  string  $field
     * @param  array<array-key, mixed>  $extraConditions
     */
    public function onceBasic($field = 'email', $extraConditions = []): null
    {
        return $this->basic($field, $extraConditions);
    }

    public function viaRemember(): bool
    {
        return false;
    }

    /** For AuthenticateSession: the rest of the event has no user. */
    public function logoutCurrentDevice(): void
    {
        $this->user = null;
        $this->loaded = true;
    }

    /** @param  array<array-key, mixed>  $credentials */
    public function validate(array $credentials = []): bool
    {
        return false;
    }
}
