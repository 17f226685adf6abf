<?php

declare(strict_types=1);

namespace Laraman\Socket;

use Illuminate\Contracts\Container\Container;
use Illuminate\Http\Request;
use Illuminate\Routing\ControllerDispatcher;
use Illuminate\Routing\Route;
use Illuminate\Routing\Router;
use Laraman\Routing\SocketRegistrar;
use Laraman\SocketHandler;

/**
 * One method of a socket route's handler, ready to be called for events: parameters are bound and dependencies injected
 * exactly as Laravel does it for the action of a route.
 */
final class HandlerMethod extends ControllerDispatcher
{
    /**
     * @param  class-string<SocketHandler>  $handler
     * @param  list<string>  $middleware
     */
    private function __construct(
        private readonly Router $router,
        private readonly Route $route,
        private readonly string $handler,
        private readonly string $method,
        public readonly array $middleware,
    ) {
    }

    /** Null where the handler has no such method. */
    public static function of(Route $route, string $method, Router $router): ?self
    {
        ['handler' => $handler, 'message_middleware' => $middleware] = $route->getAction(SocketRegistrar::ACTION);

        if (! method_exists($handler, $method)) {
            return null;
        }

        $action = $route->getAction();
        $action['uses'] = $action['controller'] = "$handler@$method";
        $route = clone $route;
        $route->flushController();
        $route->setAction($action);

        return new self($router, $route, $handler, $method, $method === 'message' ? $middleware : []);
    }

    /**
     * Calls it.
     *
     * @param  array<array-key, string|null>  $parameters  the route's parameters before binding
     */
    public function call(Container $container, array $parameters): void
    {
        $this->container = $container;
        $route = clone $this->route;
        $route->parameters = $parameters;

        if ($parameters !== []) {
            $route->setContainer($container);
            $this->router->substituteBindings($route);
            $this->router->substituteImplicitBindings($route);
        }

        $handler = $container->make($this->handler);
        $handler->{$this->method}(...array_values($this->resolveParameters($route, $handler, $this->method)));
    }

    /** The route as middleware sees it. */
    public function routeOf(Request $request): Route
    {
        return $this->route;
    }
}
