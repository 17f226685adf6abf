<?php

declare(strict_types=1);

namespace Laraman\Routing;

use Illuminate\Routing\Route;
use Laraman\SocketHandler;
use LogicException;

/**
 * Stands for the handler of a socket route whose class is none or cannot be loaded, so that artisan works and the route
 * reports the class when it is used.
 *
 * @internal
 */
final class UnusableHandler extends SocketHandler
{
    public function open(): never
    {
        $route = request()->route();
        $handler = $route instanceof Route ? SocketAction::of($route)?->check($route->uri()) : null;

        throw new LogicException("The socket handler class [$handler] was no socket handler, or could not be loaded, when the routes were cached: run php artisan route:cache again.");
    }
}
