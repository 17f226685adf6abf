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

    /** @param  string  $identifier the auth identifier; empty for a guest */
    public function __construct(private readonly ?UserProvider $users, private readonly string $identifier)
    {
        if ($users !== null) {
            $this->provider = $users;
        }
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

    /** @param  array<array-key, mixed>  $credentials */
    public function validate(array $credentials = []): bool
    {
        return false;
    }
}
