<?php

declare(strict_types=1);

namespace Laraman\Gateway;

use Illuminate\Contracts\Auth\Authenticatable;
use InvalidArgumentException;

/**
 * How the gateway names a user: the auth identifier, prefixed by the guard unless that is the default one.
 */
final class UserName
{
    /**
     * @param  string|null  $guard  null: the default guard
     * @param  string|null  $default  the default guard's name; null: the configured one
     */
    public static function of(Authenticatable|string|int $user, ?string $guard = null, ?string $default = null): string
    {
        $id = $user instanceof Authenticatable ? $user->getAuthIdentifier() : $user;

        if ((! is_string($id) && ! is_int($id)) || $id === '') {
            throw new InvalidArgumentException('A user without an identifier cannot be addressed.');
        }

        return $guard === null || $guard === ($default ?? config('auth.defaults.guard')) ? (string) $id : "$guard:$id";
    }

    /** The auth identifier in a name, given the guard that it belongs to. */
    public static function identifier(string $name, ?string $guard): string
    {
        return $guard !== null && str_starts_with($name, "$guard:") ? substr($name, strlen($guard) + 1) : $name;
    }
}
