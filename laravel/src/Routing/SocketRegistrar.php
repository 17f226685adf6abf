<?php

declare(strict_types=1);

namespace Laraman\Routing;

use Illuminate\Routing\Middleware\SubstituteBindings;
use Illuminate\Routing\Router;
use InvalidArgumentException;
use Laraman\SocketHandler;

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
     * @param  class-string<SocketHandler>  $handler
     */
    public function route(string $uri, string $handler): SocketRoute
    {
        if (! is_subclass_of($handler, SocketHandler::class)) {
            throw new InvalidArgumentException("Socket route [$uri]: [$handler] does not extend ".SocketHandler::class.'.');
        }

        $route = $this->router->get($uri, [
            'uses' => $handler.'@'.(method_exists($handler, 'open') ? 'open' : 'acceptAll'),
            ...(new SocketAction($handler))->toArray(),
        ]);

        return new SocketRoute($route->middleware([RequireUpgrade::class, SubstituteBindings::class]));
    }
}
