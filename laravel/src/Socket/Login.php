<?php

declare(strict_types=1);

namespace Laraman\Socket;

use Illuminate\Auth\SessionGuard;
use Illuminate\Contracts\Auth\Authenticatable;
use Illuminate\Contracts\Config\Repository;
use Illuminate\Contracts\Foundation\Application;
use Illuminate\Contracts\Session\Session;

/**
 * The log-in with which a handshake was authenticated. The gateway stores it, so that a later recheck can detect whether it
 * is still the same log-in.
 */
final class Login
{
    /** Close code for a connection whose log-in has ended. */
    public const ENDED = 4001;

    public const REASON = 'Logged out';

    /**
     * @param  string  $user  the user's name at the gateway
     * @param  string  $password  the mark of the user's password hash; empty if there is none
     */
    public function __construct(public readonly string $user, public readonly string $password = '')
    {
    }

    /** The gateway's key for the connections of a Laravel session: a hash, so that the gateway never shows the id. */
    public static function key(string $sessionId): string
    {
        return hash('sha256', $sessionId);
    }

    /** The application's key, with which marks are made; empty if it has none. */
    public static function applicationKey(Application $app): string
    {
        $key = $app->make(Repository::class)->get('app.key');

        return is_string($key) ? $key : '';
    }

    /**
     * The log-in of a request whose user comes from its session; null if the user comes from elsewhere, such as a token.
     *
     * @param  string  $name  the user's name at the gateway
     */
    public static function of(object $guard, ?Session $session, Authenticatable $user, string $name, string $key): ?self
    {
        return $guard instanceof SessionGuard && $guard::class === SessionGuard::class && $session?->get($guard->getName()) !== null
            ? new self($name, self::mark($user, $key))
            : null;
    }

    /** The session's key for the identifier of its user. */
    public static function sessionKey(string $guard): string
    {
        return "login_{$guard}_".sha1(SessionGuard::class);
    }

    /** A value that changes with the password, and reveals nothing about it. */
    public static function mark(Authenticatable $user, string $key): string
    {
        $hash = $user->getAuthPassword();

        return is_string($hash) && $hash !== '' ? substr(base64_encode(hash_hmac('sha256', $hash, $key, true)), 0, 22) : '';
    }
}
