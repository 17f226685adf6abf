<?php

declare(strict_types=1);

namespace Laraman\Gateway;

use Illuminate\Auth\GenericUser;
use Illuminate\Contracts\Auth\Authenticatable;
use InvalidArgumentException;

/**
 * The names of users at the gateway: the auth identifier, prefixed by the guard unless that is the default guard.
 *
 * The guards are those of the booted application. A request or job that changes the configuration (auth:admin,
 * Auth::shouldUse()) does not change names: the same name would then mean another user.
 */
final class UserNames
{
    /** @var list<string> the guards except the default one */
    private readonly array $others;

    /**
     * @param  string  $default  the default guard; empty if the application has none
     * @param  array<string, string|null>  $guards  the class of each guard's users; null if its provider has no class
     */
    public function __construct(public readonly string $default = '', private readonly array $guards = [])
    {
        $this->others = array_values(array_filter(array_map(strval(...), array_keys($guards)), static fn (string $guard): bool => $guard !== $default));
    }

    /** @param  array<array-key, mixed>  $auth  config/auth.php */
    public static function fromConfig(array $auth): self
    {
        $default = ((array) ($auth['defaults'] ?? []))['guard'] ?? null;
        $guards = [];

        foreach ((array) ($auth['guards'] ?? []) as $name => $guard) {
            $provider = is_scalar($provider = ((array) $guard)['provider'] ?? null) ? (string) $provider : '';
            $provider = (array) (((array) ($auth['providers'] ?? []))[$provider] ?? []);
            $model = ($provider['driver'] ?? null) === 'database' ? GenericUser::class : $provider['model'] ?? null;
            $guards[(string) $name] = is_string($model) ? ltrim($model, '\\') : null;
        }

        return new self(is_string($default) ? $default : '', $guards);
    }

    /**
     * @param  string|null  $guard  null: for a model the guard of its class, or the default guard if its users have that class;
     *                              for an identifier the default guard. A string may then already be a name ("admin:7")
     *
     * @throws InvalidArgumentException the user has no identifier; its class belongs to several guards but not to the default one, or to
     *                                  a guard other than $guard; or the name would be that of another guard's user
     */
    public function of(Authenticatable|string|int $user, ?string $guard = null): string
    {
        return $user instanceof Authenticatable
            ? $this->authenticated($user, $this->guardOf($user, $guard))
            : $this->name($user, $guard, $guard === null);
    }

    /**
     * The name of a user that a guard has authenticated, regardless of its class.
     *
     * @throws InvalidArgumentException the user has no identifier, or the name would be that of another guard's user
     */
    public function authenticated(Authenticatable $user, string $guard): string
    {
        return $this->name($user->getAuthIdentifier(), $guard, false);
    }

    /**
     * Splits a name into the guard and the auth identifier.
     *
     * @return array{string, string}
     */
    public function parse(string $name): array
    {
        $guard = $this->prefix($name);

        return $guard === null ? [$this->default, $name] : [$guard, substr($name, strlen($guard) + 1)];
    }

    /** @param  bool  $isName  whether the identifier may already be a name */
    private function name(mixed $id, ?string $guard, bool $isName): string
    {
        if ((! is_string($id) && ! is_int($id)) || $id === '') {
            throw Argument::invalid('user', 'has no identifier, so the gateway cannot name it');
        }

        if ($guard !== null && $guard !== $this->default) {
            return Argument::name(Argument::name($guard, 'guard').":$id", 'user');
        }

        if (! $isName && $this->prefix((string) $id) !== null) {
            throw Argument::invalid('user', "has the identifier [$id]: the gateway would take it for a user of that guard");
        }

        return Argument::name((string) $id, 'user');
    }

    /**
     * The guard of a model. Always using the default guard would name another guard's user with the same identifier.
     *
     * @throws InvalidArgumentException
     */
    private function guardOf(Authenticatable $user, ?string $guard): string
    {
        $class = $user::class;
        $guards = $this->guardsOf($user);
        $list = implode('], [', $guards);
        $asked = $guard ?? $this->default;

        return match (true) {
            // The users of such a guard can have any class.
            ($this->guards[$asked] ?? null) === null && ($guard !== null || $guards === []) => $asked,
            $guards === [] => throw Argument::invalid('user', "is a $class, and the guard [$asked] has users of another class".($guard === null ? ': name its guard' : '')),
            $guard !== null => in_array($guard, $guards, true) ? $guard : throw Argument::invalid('user', "is a $class, a user of the guard [$list], not of [$guard]"),
            // For example a session guard and a token guard with one table: a model then means the default guard's user.
            in_array($this->default, $guards, true) => $this->default,
            count($guards) > 1 => throw Argument::invalid('user', "is a $class, which belongs to several guards [$list]: name one of them"),
            default => $guards[0],
        };
    }

    /**
     * The guards whose users have exactly this class, or its closest parent class.
     *
     * @return list<string>
     */
    private function guardsOf(Authenticatable $user): array
    {
        foreach ([$user::class, ...array_values(class_parents($user))] as $class) {
            if (($guards = array_keys($this->guards, $class, true)) !== []) {
                return array_map(strval(...), $guards);
            }
        }

        return [];
    }

    /** The guard with which a name begins, unless it is the default guard. */
    private function prefix(string $name): ?string
    {
        if (str_contains($name, ':')) {
            foreach ($this->others as $guard) {
                if (str_starts_with($name, "$guard:")) {
                    return $guard;
                }
            }
        }

        return null;
    }
}
