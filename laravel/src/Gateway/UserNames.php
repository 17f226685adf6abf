<?php

declare(strict_types=1);

namespace Laraman\Gateway;

use Illuminate\Contracts\Auth\Authenticatable;
use InvalidArgumentException;

/**
 * How the gateway names users: by the auth identifier, prefixed by the guard unless that is the default one.
 *
 * The guards are those of the booted application. What a request or a job does to the configuration (auth:admin,
 * Auth::shouldUse()) changes no name: the same name would be another user's.
 */
final class UserNames
{
    /**
     * @param  string  $default  the default guard; empty where the application has none
     * @param  list<string>  $guards
     */
    public function __construct(public readonly string $default = '', private readonly array $guards = [])
    {
    }

    /** @param  array<array-key, mixed>  $auth  config/auth.php */
    public static function fromConfig(array $auth): self
    {
        $default = ((array) ($auth['defaults'] ?? []))['guard'] ?? null;

        return new self(
            is_string($default) ? $default : '',
            array_map(strval(...), array_keys((array) ($auth['guards'] ?? []))),
        );
    }

    /**
     * @param  string|null  $guard  null: the default guard; a string may then be a name already ("admin:7")
     *
     * @throws InvalidArgumentException the user has no identifier, or the name would be that of another guard's user
     */
    public function of(Authenticatable|string|int $user, ?string $guard = null): string
    {
        $id = $user instanceof Authenticatable ? $user->getAuthIdentifier() : $user;

        if ((! is_string($id) && ! is_int($id)) || $id === '') {
            throw Argument::invalid('user', 'has no identifier, so the gateway cannot name it');
        }

        if ($guard !== null && $guard !== $this->default) {
            return Argument::name(Argument::name($guard, 'guard').":$id", 'user');
        }

        $isName = $guard === null && ! $user instanceof Authenticatable;

        if (! $isName && $this->prefix((string) $id) !== null) {
            throw Argument::invalid('user', "has the identifier [$id]: the gateway would take it for a user of that guard");
        }

        return Argument::name((string) $id, 'user');
    }

    /**
     * The guard and the auth identifier in a name.
     *
     * @return array{string, string}
     */
    public function parse(string $name): array
    {
        $guard = $this->prefix($name);

        return $guard === null ? [$this->default, $name] : [$guard, substr($name, strlen($guard) + 1)];
    }

    /** The guard other than the default one that a name begins with. */
    private function prefix(string $name): ?string
    {
        foreach ($this->guards as $guard) {
            if ($guard !== $this->default && str_starts_with($name, "$guard:")) {
                return $guard;
            }
        }

        return null;
    }
}
