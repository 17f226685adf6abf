<?php

declare(strict_types=1);

namespace Laraman\Routing;

use Illuminate\Contracts\Auth\Middleware\AuthenticatesRequests;
use Illuminate\Routing\Route;
use Illuminate\Routing\Router;
use Laraman\SocketHandler;
use LogicException;

/**
 * The additional data of a socket route, stored as strings in the route's action, so that it survives route:cache.
 */
final class SocketAction
{
    private const KEY = 'laraman';

    /** Default seconds between rechecks on a route with `auth`. */
    private const RECHECK = 60;

    /**
     * @param  string  $handler  name of the class
     * @param  list<string>  $messageMiddleware
     * @param  int|null|false  $recheck  seconds, null for never, false if the route does not set it
     */
    public function __construct(
        public readonly string $handler,
        public readonly array $messageMiddleware = [],
        private readonly int|null|false $recheck = false,
    ) {
    }

    /** Null if the route is not a socket route. */
    public static function of(Route $route): ?self
    {
        $action = $route->getAction(self::KEY);

        if (! is_array($action) || ! is_string($handler = $action['handler'] ?? null)) {
            return null;
        }

        $recheck = array_key_exists('recheck', $action) ? $action['recheck'] : false;

        return new self(
            $handler,
            array_values(array_filter((array) ($action['message_middleware'] ?? []), is_string(...))),
            is_int($recheck) || $recheck === null ? $recheck : false,
        );
    }

    /** @param  list<string>  $middleware  further message middleware */
    public function withMessageMiddleware(array $middleware): self
    {
        return new self($this->handler, [...$this->messageMiddleware, ...$middleware], $this->recheck);
    }

    public function withRecheck(?int $seconds): self
    {
        return new self($this->handler, $this->messageMiddleware, $seconds);
    }

    /** Seconds after which a log-in is rechecked; null for never. */
    public function recheck(Router $router, Route $route): ?int
    {
        if ($this->recheck !== false) {
            return $this->recheck;
        }

        foreach ($router->gatherRouteMiddleware($route) as $middleware) {
            if (is_string($middleware) && is_a(explode(':', $middleware, 2)[0], AuthenticatesRequests::class, true)) {
                return self::RECHECK;
            }
        }

        return null;
    }

    /**
     * The handler's class, which exists and is a socket handler.
     *
     * @param  string  $uri  the route's URI
     * @return class-string<SocketHandler>
     *
     * @throws LogicException
     */
    public function check(string $uri): string
    {
        return match (true) {
            is_subclass_of($this->handler, SocketHandler::class) => $this->handler,
            class_exists($this->handler) => throw new LogicException("Socket route [$uri]: [$this->handler] does not extend ".SocketHandler::class.'.'),
            default => throw new LogicException("Socket route [$uri]: the class [$this->handler] does not exist."),
        };
    }

    /** @return array<string, array{handler: string, message_middleware: list<string>, recheck?: int|null}> */
    public function toArray(): array
    {
        return [self::KEY => [
            'handler' => $this->handler,
            'message_middleware' => $this->messageMiddleware,
            ...($this->recheck === false ? [] : ['recheck' => $this->recheck]),
        ]];
    }
}
