<?php

declare(strict_types=1);

namespace Laraman\Routing;

use Illuminate\Routing\Middleware\SubstituteBindings;
use Illuminate\Routing\Router;
use InvalidArgumentException;
use Laraman\SocketHandler;
use Throwable;

/**
 * Makes socket routes: Laravel GET routes whose action is the handler's open().
 */
final class SocketRegistrar
{
    public function __construct(private readonly Router $router)
    {
    }

    /**
     * @param  string  $uri  as of any route: "/chat/{room}"
     * @param  class-string<SocketHandler>  $handler  a class that does not exist is reported when the route is used
     *
     * @throws InvalidArgumentException the class is no socket handler
     */
    public function route(string $uri, string $handler): SocketRoute
    {
        $exists = self::exists($handler);

        if ($exists && ! is_subclass_of($handler, SocketHandler::class)) {
            throw new InvalidArgumentException("Socket route [$uri]: [$handler] does not extend ".SocketHandler::class.'.');
        }

        $route = $this->router->get($uri, [
            'uses' => $exists ? $handler.'@'.(method_exists($handler, 'open') ? 'open' : 'acceptAll') : MissingHandler::class.'@open',
            ...(new SocketAction($handler))->toArray(),
        ]);

        if (! $exists) {
            $route->setAction([...(array) $route->getAction(), 'controller' => "$handler@open"]);  // for route:list
        }

        return new SocketRoute($route->middleware([RequireUpgrade::class, SubstituteBindings::class]));
    }

    /** Whether the class can be loaded. Its errors come when the route is used: here they would break every artisan command. */
    private static function exists(string $class): bool
    {
        try {
            return class_exists($class);
        } catch (Throwable) {
            return false;
        }
    }
}
