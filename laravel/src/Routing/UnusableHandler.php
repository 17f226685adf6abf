<?php

declare(strict_types=1);

namespace Laraman\Routing;

use Illuminate\Routing\Route;
use Laraman\SocketHandler;
use LogicException;

/**
 * Replaces the handler of a socket route if the class is not a socket handler or cannot be loaded, so that artisan works
 * and the route reports the class when it is used.
 *
 * @internal
 */
final class UnusableHandler extends SocketHandler
{
    public function open(): never
    {
        $route = request()->route();
        $handler = $route instanceof Route ? SocketAction::of($route)?->check($route->uri()) : null;

        throw new LogicException("The class [$handler] was not a socket handler, or could not be loaded, when the routes were cached: run php artisan route:cache again.");
    }
}
