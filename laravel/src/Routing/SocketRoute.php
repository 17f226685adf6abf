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
     * Middleware that runs for each message, around message(), as Laravel's own or the application's does around an action.
     *
     * It gets a GET of the connection's address, with the handshake's scheme, host, query and client address, no other
     * header than Accept: application/json, the route with its bound parameters, the connection's user and the session of
     * its browser. $next($request) gives an empty response with 200, or the rendered exception of message().
     *
     * A refusal (an exception of middleware that has a status, or a response of its own with 300 and above) sends the client
     * an "error" event, {"status": 429, "message": "Too Many Attempts."}, and leaves the connection open. A 2xx response in
     * place of $next($request) drops the message.
     *
     * @param  array<array-key, string>|string  $middleware  aliases, groups or class names, as of middleware()
     */
    public function messageMiddleware(array|string $middleware): static
    {
        $action = SocketAction::of($this->route);

        foreach ((array) $middleware as $one) {
            // Checked here, since an array of the caller's may have anything: a closure does not survive route:cache.
            is_string($one) && $one !== '' ?: throw Argument::invalid('middleware', 'has a '.get_debug_type($one).'; message middleware is named by alias, group or class');
        }

        return $this->set($action?->withMessageMiddleware(array_values((array) $middleware)));
    }

    /**
     * How often the log-in of a connection is checked, when the client sends a message: the user is loaded anew, its session
     * must still have it logged in, and the password must be the session's, as AuthenticateSession checks it. A log-in that
     * has ended closes the connection with 4001, and the message is not handled.
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
