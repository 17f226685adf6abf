<?php

declare(strict_types=1);

namespace Laraman\Socket;

use BackedEnum;
use Closure;
use Illuminate\Container\Container;
use Illuminate\Container\Util;
use Illuminate\Contracts\Routing\UrlRoutable;
use Illuminate\Cookie\Middleware\AddQueuedCookiesToResponse;
use Illuminate\Cookie\Middleware\EncryptCookies;
use Illuminate\Database\Eloquent\ModelNotFoundException;
use Illuminate\Http\Request;
use Illuminate\Routing\ControllerDispatcher;
use Illuminate\Routing\Middleware\SubstituteBindings;
use Illuminate\Routing\Route;
use Illuminate\Routing\Router;
use Illuminate\Session\Middleware\StartSession;
use Illuminate\Support\Reflector;
use Laraman\Connection;
use Laraman\Message;
use Laraman\SocketHandler;
use ReflectionMethod;

/**
 * One method of a socket route's handler, prepared for calls by events. Parameters are bound and dependencies injected as
 * in the action of a Laravel route; the signature is analyzed once, in advance.
 */
final class HandlerMethod extends ControllerDispatcher
{
    /**
     * Middleware of the web group for a browser's cookies. A message has no cookies: its request finds the session of the
     * handshake without them, and StartSession would begin a new session for each message.
     */
    private const COOKIES = [EncryptCookies::class, AddQueuedCookiesToResponse::class, StartSession::class];

    private readonly Route $route;

    /** The same for the route's action, open(): it may bind parameters that only this method's middleware uses. */
    private readonly Route $opening;

    /** Whether a parameter has to be bound to a model, an enum or by Route::bind(). */
    private readonly bool $binds;

    /**
     * By position: the class (or interface) that the container makes, or null for the next parameter of the route. Null in place of the
     * list if the signature needs Laravel's own, slower resolution.
     *
     * @var list<string|null>|null
     */
    private readonly ?array $plan;

    /**
     * Middleware around the method, resolved to classes.
     *
     * @var array<array-key, mixed>
     */
    private readonly array $middleware;

    /** @var array<string, true> classes of the handler and the middleware that do not need the container */
    private readonly array $plain;

    private readonly ReflectionMethod $reflection;

    /**
     * @param  class-string<SocketHandler>  $handler
     * @param  list<string>  $messageMiddleware
     * @param  int|null  $recheck  seconds after which the log-in is checked again before the method is called
     */
    public function __construct(
        Container $container,
        private readonly Router $router,
        Route $route,
        private readonly string $handler,
        array $messageMiddleware,
        private readonly string $method,
        public readonly ?int $recheck = null,
    ) {
        parent::__construct($container);

        $this->middleware = $method === 'message' ? self::resolved($router, $messageMiddleware) : [];
        $this->plain = array_fill_keys(array_filter(
            [$handler, ...array_filter($this->middleware, is_string(...))],
            static fn (string $class): bool => PlainClass::is($container, $class),
        ), true);
        $this->opening = clone $route;
        $this->opening->flushController();
        $this->route = clone $this->opening;
        $this->route->setAction([
            ...(array) $route->getAction(),
            'uses' => "$handler@$method",
            'controller' => "$handler@$method",
        ]);

        $this->reflection = new ReflectionMethod($handler, $method);
        $plan = [];
        $binds = false;

        foreach ($route->parameterNames() as $name) {
            $binds = $binds || (is_string($name) && $router->getBindingCallback($name) !== null);
        }

        foreach ($this->reflection->getParameters() as $parameter) {
            $class = Reflector::getParameterClassName($parameter);
            $binds = $binds || ($class !== null && (is_a($class, UrlRoutable::class, true) || is_a($class, BackedEnum::class, true)));

            // Defaults, attributes and values that are already objects depend on the individual call.
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

    /** Whether the method has middleware. */
    public function hasMiddleware(): bool
    {
        return $this->middleware !== [];
    }

    /**
     * The middleware of one event, for a pipeline, in Laravel's order.
     *
     * @return list<mixed>
     */
    public function middleware(SocketEvent $event): array
    {
        $middleware = [];

        foreach ($this->middleware as $one) {
            $middleware[] = match (true) {
                $one === SubstituteBindings::class => fn (Request $request, Closure $next): mixed => $this->bind($event, $request, $next),
                is_string($one) && isset($this->plain[$one]) => new $one,
                default => $one,
            };
        }

        return $middleware;
    }

    /**
     * The route for one event, before its parameters are bound.
     *
     * @param  array<array-key, string|null>  $parameters
     */
    public function route(array $parameters): Route
    {
        $route = clone $this->route;
        $route->parameters = $parameters;
        // Like Route::bind(), without a request.
        (fn () => $this->originalParameters = $parameters)->call($route);

        return $route;
    }

    /** Calls the method with the route's parameters as the message middleware has left them. */
    public function callBound(Container $container, SocketEvent $event): void
    {
        $handler = $this->handler($container);
        $this->container = $container;
        $route = $event->route();

        foreach ($event->lent as $name => [$value, $bound]) {
            if ($route->parameter($name) === $bound) {
                $route->parameters[$name] = $value;
            }
        }

        $this->reflection->invokeArgs($handler, array_values($this->resolveParameters($route, $handler, $this->method)));
    }

    /** Calls the method. */
    public function call(Container $container, SocketEvent $event): void
    {
        $handler = $this->handler($container);
        $arguments = $this->plan === null
            ? $this->bound($container, $event->meta->parameters, $handler)
            : self::planned($container, $this->plan, $event);

        // By reflection: a parameter from the URL is converted if the method declares an int, as in a controller.
        $this->reflection->invokeArgs($handler, $arguments);
    }

    /**
     * @param  list<string>  $middleware
     * @return array<array-key, mixed>
     */
    private static function resolved(Router $router, array $middleware): array
    {
        return $middleware === [] ? [] : array_filter(
            // Bindings come before middleware that is not in Laravel's priority list, as in the web and api groups.
            $router->resolveMiddleware([SubstituteBindings::class, ...$middleware]),
            static fn (mixed $one): bool => ! is_string($one)
                || array_filter(self::COOKIES, static fn (string $class): bool => is_a(explode(':', $one, 2)[0], $class, true)) === [],
        );
    }

    /** SubstituteBindings for an event: with the signature of this method, and with that of open() for further parameters. */
    private function bind(SocketEvent $event, Request $request, Closure $next): mixed
    {
        $route = $event->route();

        try {
            $this->router->substituteBindings($route);
            $this->router->substituteImplicitBindings($route);
            $opening = clone $this->opening;
            $opening->parameters = $own = $route->parameters();
            $this->router->substituteImplicitBindings($opening);
        } catch (ModelNotFoundException $e) {
            return ($missing = $route->getMissing()) === null ? throw $e : $missing($request, $e);
        }

        foreach ($opening->parameters() as $name => $value) {
            if ($value !== $own[$name]) {
                $event->lent[(string) $name] = [$own[$name], $value];
                $route->parameters[$name] = $value;
            }
        }

        return $next($request);
    }

    private function handler(Container $container): SocketHandler
    {
        return isset($this->plain[$this->handler]) ? new $this->handler : $container->make($this->handler);
    }

    /**
     * @param  list<string|null>  $plan
     * @return list<mixed>
     */
    private static function planned(Container $container, array $plan, SocketEvent $event): array
    {
        $values = [];

        foreach ($event->meta->parameters as $value) {
            if ($value !== null) {
                $values[] = $value;
            }
        }

        $arguments = [];
        $next = 0;

        foreach ($plan as $class) {
            if ($class !== null) {
                $arguments[] = match ($class) {
                    Connection::class => $event->connection,
                    Message::class => $event->message,
                    default => $container->make($class),
                };
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
