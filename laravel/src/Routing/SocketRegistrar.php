<?php

declare(strict_types=1);

namespace Laraman\Routing;

use Illuminate\Routing\Middleware\SubstituteBindings;
use Illuminate\Routing\Router;
use Laraman\SocketHandler;
use Throwable;

/**
 * Creates socket routes: Laravel GET routes whose action is the handler's open().
 */
final class SocketRegistrar
{
    public function __construct(private readonly Router $router)
    {
    }

    /**
     * @param  string  $uri  as in any route: "/chat/{room}"
     * @param  class-string<SocketHandler>  $handler  another class, and one that cannot be loaded, is reported when the route
     *                                                is used: here it would break every artisan command
     */
    public function route(string $uri, string $handler): SocketRoute
    {
        try {
            $isHandler = is_subclass_of($handler, SocketHandler::class);
            $shown = $handler;
        } catch (Throwable) {
            $isHandler = false;
            $shown = "$handler (cannot be loaded)";  // route:list loads the classes that it shows
        }

        $route = $this->router->get($uri, [
            'uses' => $isHandler ? $handler.'@'.(method_exists($handler, 'open') ? 'open' : 'acceptAll') : UnusableHandler::class.'@open',
            ...(new SocketAction($handler))->toArray(),
        ]);

        if (! $isHandler) {
            $route->setAction([...(array) $route->getAction(), 'controller' => "$shown@open"]);
        }

        return new SocketRoute($route->middleware([RequireUpgrade::class, SubstituteBindings::class]));
    }
}
