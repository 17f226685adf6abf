<?php

declare(strict_types=1);

namespace Laraman\Socket;

use Illuminate\Auth\GuardHelpers;
use Illuminate\Contracts\Auth\Authenticatable;
use Illuminate\Contracts\Auth\Guard;
use Illuminate\Contracts\Auth\UserProvider;

/**
 * The guard while a socket event is handled: the user is the connection's, loaded when somebody asks. It takes the place
 * of the guard that the handshake was authenticated with, so Auth::user(), Gate and policies work in a handler.
 */
final class ConnectionGuard implements Guard
{
    use GuardHelpers;

    /** Name of the driver. */
    public const DRIVER = 'laraman-connection';

    private bool $loaded = false;

    /**
     * @param  string  $identifier  the auth identifier; empty for a guest
     * @param  string  $key  the application's
     */
    public function __construct(private readonly ?UserProvider $users, private readonly string $identifier, private readonly string $key = '')
    {
        if ($users !== null) {
            $this->provider = $users;
        }
    }

    /** Whether it can load users: a guard without a provider, as Sanctum's, cannot. */
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

    /** For AuthenticateSession as message middleware: how the session's guard keeps a password hash. */
    public function hashPasswordForCookie(string $hash): string
    {
        return hash_hmac('sha256', $hash, $this->key);
    }

    public function viaRemember(): bool
    {
        return false;
    }

    /** For AuthenticateSession too: the event goes on without a user. */
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
