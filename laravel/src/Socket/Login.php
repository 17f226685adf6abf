<?php

declare(strict_types=1);

namespace Laraman\Socket;

use Illuminate\Auth\SessionGuard;
use Illuminate\Contracts\Auth\Authenticatable;
use Illuminate\Contracts\Config\Repository;
use Illuminate\Contracts\Foundation\Application;
use Illuminate\Contracts\Session\Session;

/**
 * What the gateway keeps of the log-in that a handshake was authenticated with, so that a later recheck can tell whether
 * it still is that log-in.
 */
final class Login
{
    /** Close code for a connection whose log-in has ended. */
    public const ENDED = 4001;

    public const REASON = 'Logged out';

    /**
     * @param  string  $user  the gateway's name for it
     * @param  string  $password  the mark of its password hash; empty where it has none
     */
    public function __construct(public readonly string $user, public readonly string $password = '')
    {
    }

    /** By what the gateway knows the connections of a Laravel session, so that it never shows the id. */
    public static function key(string $sessionId): string
    {
        return hash('sha256', $sessionId);
    }

    /** The application's key, by which marks are made; empty where it has none. */
    public static function applicationKey(Application $app): string
    {
        $key = $app->make(Repository::class)->get('app.key');

        return is_string($key) ? $key : '';
    }

    /**
     * The log-in of a request that found its user by its session; null where it was found otherwise, by a token say.
     *
     * @param  string  $name  the gateway's name for the user
     */
    public static function of(object $guard, ?Session $session, Authenticatable $user, string $name, string $key): ?self
    {
        return $guard instanceof SessionGuard && $guard::class === SessionGuard::class && $session?->get($guard->getName()) !== null
            ? new self($name, self::mark($user, $key))
            : null;
    }

    /** Where a session keeps the identifier of its user. */
    public static function sessionKey(string $guard): string
    {
        return "login_{$guard}_".sha1(SessionGuard::class);
    }

    /** Tells whether the password is another, and nothing about it. */
    public static function mark(Authenticatable $user, string $key): string
    {
        $hash = $user->getAuthPassword();

        return is_string($hash) && $hash !== '' ? substr(base64_encode(hash_hmac('sha256', $hash, $key, true)), 0, 22) : '';
    }
}
