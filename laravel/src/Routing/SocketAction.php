<?php

declare(strict_types=1);

namespace Laraman\Routing;

use Illuminate\Routing\Route;
use Laraman\SocketHandler;

/**
 * What a socket route has more than another: kept in the route's action, as strings, so that it survives route:cache.
 */
final class SocketAction
{
    private const KEY = 'laraman';

    /**
     * @param  class-string<SocketHandler>  $handler
     * @param  list<string>  $messageMiddleware
     */
    public function __construct(public readonly string $handler, public readonly array $messageMiddleware = [])
    {
    }

    /** Null where the route is no socket route. */
    public static function of(Route $route): ?self
    {
        $action = $route->getAction(self::KEY);

        if (! is_array($action) || ! is_string($handler = $action['handler'] ?? null) || ! is_subclass_of($handler, SocketHandler::class)) {
            return null;
        }

        return new self($handler, array_values(array_filter((array) ($action['message_middleware'] ?? []), is_string(...))));
    }

    /** @return array<string, array{handler: class-string<SocketHandler>, message_middleware: list<string>}> */
    public function toArray(): array
    {
        return [self::KEY => ['handler' => $this->handler, 'message_middleware' => $this->messageMiddleware]];
    }
}
