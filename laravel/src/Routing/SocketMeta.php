<?php

declare(strict_types=1);

namespace Laraman\Routing;

use Illuminate\Routing\Route;
use Laraman\Socket\Login;

/**
 * The meta value with which any worker can find the handler of a connection. The gateway stores it as compact JSON in
 * ASCII.
 */
final class SocketMeta
{
    /** The meta value's name: set with the header "Set-Meta-Socket", returned as meta["Socket"]. */
    public const NAME = 'Socket';

    /** Name of another value: the id of Laravel's session, once it differs from the handshake's. */
    public const SESSION = 'Laravel-Session';

    /** Name of another value: the time of the last check of the log-in, Unix seconds. */
    public const CHECKED = 'Checked';

    /**
     * @param  string  $route  the route's domain and URI, as defined
     * @param  array<array-key, string|null>  $parameters  the route's parameters before binding
     * @param  string|null  $session  id of Laravel's session in the handshake
     * @param  string|null  $guard  the guard of the user, unless it is the default one
     * @param  Origin|null  $origin  if the route has message middleware
     * @param  Login|null  $login  if it is to be rechecked
     * @param  string|null  $provider  provider of the guard's users, if the guard itself has none
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

    /** The key of a socket route, which is stable over reloads as long as the route's domain and URI do not change. */
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

    /** Null if the text is not a result of encode(). */
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
