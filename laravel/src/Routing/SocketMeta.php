<?php

declare(strict_types=1);

namespace Laraman\Routing;

use Illuminate\Routing\Route;
use Laraman\Socket\Login;

/**
 * What the gateway keeps for a connection so that any worker can find its handler again: one meta value, compact JSON
 * in ASCII.
 */
final class SocketMeta
{
    /** The meta value's name: set by the header "Set-Meta-Socket", given back as meta["Socket"]. */
    public const NAME = 'Socket';

    /** Of another value: the id of Laravel's session, once it is not the handshake's any more. */
    public const SESSION = 'Laravel-Session';

    /** Of another value: when the log-in was last checked, Unix seconds. */
    public const CHECKED = 'Checked';

    /**
     * @param  string  $route  the route's domain and URI, as defined
     * @param  array<array-key, string|null>  $parameters  the route's parameters before binding
     * @param  string|null  $session  id of Laravel's session in the handshake
     * @param  string|null  $guard  the guard of the user, unless it is the default one
     * @param  Origin|null  $origin  where the route has message middleware
     * @param  Login|null  $login  where it is to be rechecked
     * @param  string|null  $provider  of the guard's users, where the guard has none
     */
    public function __construct(
        public readonly string $route,
        public readonly array $parameters = [],
        public readonly ?string $session = null,
        public readonly ?string $guard = null,
        public readonly ?Origin $origin = null,
        public readonly ?Login $login = null,
        public readonly ?string $provider = null,
    ) {
    }

    /** What names a socket route: stable over reloads as long as its address is. */
    public static function key(Route $route): string
    {
        return $route->getDomain().'/'.ltrim($route->uri(), '/');
    }

    public function encode(): string
    {
        return json_encode(array_filter([
            'r' => $this->route,
            'p' => $this->parameters,
            's' => $this->session,
            'g' => $this->guard,
            'h' => $this->origin?->root,
            'a' => $this->origin?->address,
            'q' => $this->origin?->query,
            'u' => $this->login?->user,
            'k' => $this->login?->password,
            'v' => $this->provider,
        ], static fn (mixed $value): bool => $value !== null && $value !== [] && $value !== ''), JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES);
    }

    /** Null where the text is not what encode() writes. */
    public static function decode(string $text): ?self
    {
        $value = json_decode($text, true);

        if (! is_array($value) || ! is_string($value['r'] ?? null) || ! is_array($parameters = $value['p'] ?? [])) {
            return null;
        }

        $texts = [];

        foreach ($parameters as $name => $parameter) {
            $texts[$name] = is_string($parameter) ? $parameter : null;
        }

        $value = array_filter($value, is_string(...));

        return new self(
            $value['r'],
            $texts,
            $value['s'] ?? null,
            $value['g'] ?? null,
            isset($value['h']) ? new Origin($value['h'], $value['a'] ?? '', $value['q'] ?? '') : null,
            isset($value['u']) ? new Login($value['u'], $value['k'] ?? '') : null,
            $value['v'] ?? null,
        );
    }
}
