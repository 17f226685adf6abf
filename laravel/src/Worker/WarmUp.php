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
 * Does before the first job what each job would do again: the framework's own work that no job has an influence on.
 */
final class WarmUp
{
    public static function run(Application $app): void
    {
        $request = Request::create('http://localhost/');
        $request->getFormat('text/html');
        $router = $app->make(Router::class);
        $routes = $router->getRoutes();

        // Finding a route compiles all before it. Cached routes are compiled already.
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
