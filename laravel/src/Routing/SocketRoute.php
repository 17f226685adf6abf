<?php

declare(strict_types=1);

namespace Laraman\Routing;

use Illuminate\Routing\Route;
use Illuminate\Support\Traits\ForwardsCalls;
use Laraman\Gateway\Argument;

/**
 * A socket route being defined. All methods of a Laravel route can be called on it.
 *
 * @mixin Route
 */
final class SocketRoute
{
    use ForwardsCalls;

    public function __construct(public readonly Route $route)
    {
    }

    /**
     * Adds middleware that runs for each message, around message(), as route middleware runs around an action.
     *
     * The middleware gets a GET request of the connection's URL, with the handshake's scheme, host, query and client address,
     * no header except Accept: application/json, the route with its bound parameters, the connection's user and its browser's
     * session. $next($request) returns an empty response with 200, or the rendered exception of message().
     *
     * If the middleware refuses the message (it throws an exception with a status, or returns its own response with status 300
     * or above), the client gets an "error" event, {"status": 429, "message": "Too Many Attempts."}, and the connection stays
     * open. A 2xx response in place of $next($request) drops the message.
     *
     * @param  array<array-key, string>|string  $middleware  aliases, groups or class names, as for middleware()
     */
    public function messageMiddleware(array|string $middleware): static
    {
        $action = SocketAction::of($this->route);

        foreach ((array) $middleware as $one) {
            // Checked here, since the caller's array may contain any value: a closure does not survive route:cache.
            is_string($one) && $one !== '' ?: throw Argument::invalid('middleware', 'has a '.get_debug_type($one).'; message middleware is named by alias, group or class');
        }

        return $this->set($action?->withMessageMiddleware(array_values((array) $middleware)));
    }

    /**
     * Sets how often the log-in of a connection is checked, when the client sends a message: the user is loaded again, the
     * session must still be logged in as that user, and the password must match the session's, as AuthenticateSession checks
     * it. If the log-in has ended, the connection is closed with 4001, and the message is not handled.
     *
     * @param  int|null  $seconds  since the last check, 0: for each message, null: never; a route with `auth` that does not
     *                             say has 60, others never
     */
    public function recheck(?int $seconds): static
    {
        $seconds === null ?: Argument::between($seconds, 0, 86400 * 365, 'seconds');

        return $this->set(SocketAction::of($this->route)?->withRecheck($seconds));
    }

    private function set(?SocketAction $action): static
    {
        if ($action !== null) {
            $this->route->setAction([...(array) $this->route->getAction(), ...$action->toArray()]);
        }

        return $this;
    }

    /**
     * @param  array<array-key, mixed>  $parameters
     */
    public function __call(string $method, array $parameters): mixed
    {
        return $this->forwardDecoratedCallTo($this->route, $method, $parameters);
    }
}
