<?php

declare(strict_types=1);

namespace Laraman\Worker;

use Illuminate\Foundation\Application;
use Illuminate\Http\Request;
use Illuminate\Routing\RouteCollection;
use Illuminate\Routing\Router;
use Illuminate\Support\Carbon;
use Illuminate\Support\Str;
use Laraman\Socket\SocketRoutes;

/**
 * Does work of the framework before the first job that each job would repeat, and that no job can influence.
 */
final class WarmUp
{
    public static function run(Application $app): void
    {
        $request = Request::create('http://localhost/');
        $request->getFormat('text/html');
        $router = $app->make(Router::class);
        $routes = $router->getRoutes();

        // Matching a route compiles all routes before it. Cached routes are already compiled.
        if ($routes instanceof RouteCollection) {
            foreach ($routes->getRoutes() as $route) {
                $route->matches($request, false);
            }
        }

        $app->make(SocketRoutes::class)->warm($app);
        Str::plural('word');
        Carbon::now()->toDateTimeString();
    }
}
