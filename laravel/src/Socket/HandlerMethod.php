<?php

declare(strict_types=1);

namespace Laraman\Socket;

use BackedEnum;
use Illuminate\Container\Container;
use Illuminate\Container\Util;
use Illuminate\Contracts\Routing\UrlRoutable;
use Illuminate\Routing\ControllerDispatcher;
use Illuminate\Routing\Route;
use Illuminate\Routing\Router;
use Illuminate\Support\Reflector;
use Laraman\Routing\SocketAction;
use Laraman\SocketHandler;
use ReflectionMethod;

/**
 * One method of a socket route's handler, ready to be called for events. Parameters are bound and dependencies injected
 * as Laravel does it for the action of a route; what can be known of the signature beforehand is worked out once.
 */
final class HandlerMethod extends ControllerDispatcher
{
    private readonly Route $route;

    /** Whether a parameter has to be bound to a model, an enum or by Route::bind(). */
    private readonly bool $binds;

    /**
     * By position: the class (or interface) that the container makes, or null for the next parameter of the route. Null in place of the
     * list where the signature needs Laravel's own, slower look.
     *
     * @var list<string|null>|null
     */
    private readonly ?array $plan;

    /**
     * Middleware to run around it, resolved to classes.
     *
     * @var array<array-key, mixed>
     */
    private readonly array $middleware;

    /** @var array<string, true> classes among handler and middleware that need no container */
    private readonly array $plain;

    private readonly ReflectionMethod $reflection;

    /** @var class-string<SocketHandler> */
    private readonly string $handler;

    public function __construct(
        Container $container,
        private readonly Router $router,
        Route $route,
        SocketAction $action,
        private readonly string $method,
    ) {
        parent::__construct($container);

        $this->handler = $action->handler;
        $this->middleware = $method === 'message' ? $router->resolveMiddleware($action->messageMiddleware) : [];
        $this->plain = array_fill_keys(array_filter(
            [$action->handler, ...array_filter($this->middleware, is_string(...))],
            static fn (string $class): bool => PlainClass::is($container, $class),
        ), true);
        $this->route = clone $route;
        $this->route->flushController();
        $this->route->setAction([
            ...(array) $route->getAction(),
            'uses' => "$action->handler@$method",
            'controller' => "$action->handler@$method",
        ]);

        $this->reflection = new ReflectionMethod($action->handler, $method);
        $plan = [];
        $binds = false;

        foreach ($route->parameterNames() as $name) {
            $binds = $binds || (is_string($name) && $router->getBindingCallback($name) !== null);
        }

        foreach ($this->reflection->getParameters() as $parameter) {
            $class = Reflector::getParameterClassName($parameter);
            $binds = $binds || ($class !== null && (is_a($class, UrlRoutable::class, true) || is_a($class, BackedEnum::class, true)));

            // Defaults, attributes and values that are objects already depend on the single call.
            if ($parameter->isOptional() || Util::getContextualAttributeFromDependency($parameter) !== null) {
                $plan = null;
            }

            if ($plan !== null) {
                $plan[] = $class;
            }
        }

        $this->binds = $binds;
        $this->plan = $binds ? null : $plan;
    }

    /**
     * The middleware as a pipeline takes it; empty where there is none.
     *
     * @return list<mixed>
     */
    public function middleware(): array
    {
        $middleware = [];

        foreach ($this->middleware as $one) {
            $middleware[] = is_string($one) && isset($this->plain[$one]) ? new $one : $one;
        }

        return $middleware;
    }

    /**
     * Calls it.
     *
     * @param  array<array-key, string|null>  $parameters  the route's parameters before binding
     */
    public function call(Container $container, array $parameters): void
    {
        $handler = isset($this->plain[$this->handler]) ? new $this->handler : $container->make($this->handler);
        $arguments = $this->plan === null
            ? $this->bound($container, $parameters, $handler)
            : self::planned($container, $this->plan, $parameters);

        // By reflection: what comes from the address becomes an int where the method says so, as in a controller.
        $this->reflection->invokeArgs($handler, $arguments);
    }

    /**
     * @param  list<string|null>  $plan
     * @param  array<array-key, string|null>  $parameters
     * @return list<mixed>
     */
    private static function planned(Container $container, array $plan, array $parameters): array
    {
        $values = [];

        foreach ($parameters as $value) {
            if ($value !== null) {
                $values[] = $value;
            }
        }

        $arguments = [];
        $next = 0;

        foreach ($plan as $class) {
            if ($class !== null) {
                $arguments[] = $container->make($class);
            } elseif (array_key_exists($next, $values)) {
                $arguments[] = $values[$next++];
            }
        }

        return $arguments;
    }

    /**
     * @param  array<array-key, string|null>  $parameters
     * @return list<mixed>
     */
    private function bound(Container $container, array $parameters, SocketHandler $handler): array
    {
        $this->container = $container;
        $route = clone $this->route;
        $route->parameters = $parameters;

        if ($this->binds && $parameters !== []) {
            $route->setContainer($container);
            $this->router->substituteBindings($route);
            $this->router->substituteImplicitBindings($route);
        }

        return array_values($this->resolveParameters($route, $handler, $this->method));
    }
}
