<?php

declare(strict_types=1);

namespace Laraman\Routing;

use Illuminate\Routing\Route;
use Laraman\SocketHandler;
use LogicException;

/**
 * What a socket route has more than another: kept in the route's action, as strings, so that it survives route:cache.
 */
final class SocketAction
{
    private const KEY = 'laraman';

    /**
     * @param  string  $handler  name of the class
     * @param  list<string>  $messageMiddleware
     */
    public function __construct(public readonly string $handler, public readonly array $messageMiddleware = [])
    {
    }

    /** Null where the route is no socket route. */
    public static function of(Route $route): ?self
    {
        $action = $route->getAction(self::KEY);

        if (! is_array($action) || ! is_string($handler = $action['handler'] ?? null)) {
            return null;
        }

        return new self($handler, array_values(array_filter((array) ($action['message_middleware'] ?? []), is_string(...))));
    }

    /**
     * The handler's class, which exists and is a socket handler.
     *
     * @param  string  $uri  of the route
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

    /** @return array<string, array{handler: string, message_middleware: list<string>}> */
    public function toArray(): array
    {
        return [self::KEY => ['handler' => $this->handler, 'message_middleware' => $this->messageMiddleware]];
    }
}
