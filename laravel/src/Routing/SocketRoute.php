<?php

declare(strict_types=1);

namespace Laraman\Routing;

use Illuminate\Routing\Route;
use Illuminate\Support\Traits\ForwardsCalls;

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
     * Middleware that runs for each message, around message(). It gets a request for the connection's path with no headers,
     * and the connection's user by `$request->user()`; a response of its own in place of $next($request) drops the message.
     *
     * @param  array<array-key, string>|string  $middleware
     */
    public function messageMiddleware(array|string $middleware): static
    {
        $action = SocketAction::of($this->route);

        if ($action !== null) {
            $action = new SocketAction($action->handler, [...$action->messageMiddleware, ...array_values((array) $middleware)]);
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
