<?php

declare(strict_types=1);

namespace Laraman\Socket;

use Illuminate\Container\Container;
use Illuminate\Routing\Route;
use Illuminate\Routing\Router;
use Laraman\Routing\SocketAction;
use Laraman\Routing\SocketMeta;
use LogicException;
use Throwable;

/**
 * The application's socket routes, by their keys in a connection's meta. They are read from the router on first use.
 */
final class SocketRoutes
{
    /** @var array<string, Route>|null */
    private ?array $routes = null;

    /** @var array<string, HandlerMethod|null> */
    private array $methods = [];

    public function __construct(private readonly Router $router)
    {
    }

    /**
     * The method of the route's handler for an event; null if the route or the method does not exist.
     *
     * @param  string  $key  from SocketMeta::key()
     *
     * @throws LogicException the handler's class does not exist, or is not a socket handler
     */
    public function method(Container $container, string $key, string $method): ?HandlerMethod
    {
        return array_key_exists("$key@$method", $this->methods)
            ? $this->methods["$key@$method"]
            : $this->methods["$key@$method"] = $this->resolve($container, $key, $method);
    }

    /** Seconds after which a log-in is rechecked before the handler's message(); null for never. */
    public function recheck(string $key, SocketAction $action, Route $route): ?int
    {
        return isset($this->methods["$key@message"]) ? $this->methods["$key@message"]->recheck : $action->recheck($this->router, $route);
    }

    /** Analyzes the handlers' methods in advance. An error in a handler is reported by the events that need it. */
    public function warm(Container $container): void
    {
        foreach (array_keys($this->routes()) as $key) {
            foreach (['message', 'close'] as $method) {
                try {
                    $this->method($container, $key, $method);
                } catch (Throwable) {
                    unset($this->methods["$key@$method"]);
                }
            }
        }
    }

    /** Whether the application has no socket routes. */
    public function isEmpty(): bool
    {
        return $this->routes() === [];
    }

    /** Whether there is such a route. */
    public function has(string $key): bool
    {
        return isset($this->routes()[$key]);
    }

    private function resolve(Container $container, string $key, string $method): ?HandlerMethod
    {
        $route = $this->routes()[$key] ?? null;
        $action = $route === null ? null : SocketAction::of($route);

        if ($route === null || $action === null) {
            return null;
        }

        $handler = $action->check($route->uri());

        return method_exists($handler, $method) ? new HandlerMethod(
            $container, $this->router, $route, $handler, $action->messageMiddleware, $method,
            $method === 'message' ? $action->recheck($this->router, $route) : null,
        ) : null;
    }

    /** @return array<string, Route> */
    private function routes(): array
    {
        if ($this->routes === null) {
            $this->routes = [];

            foreach ($this->router->getRoutes()->getRoutes() as $route) {
                if (SocketAction::of($route) !== null) {
                    $this->routes[SocketMeta::key($route)] = $route;
                }
            }
        }

        return $this->routes;
    }
}
