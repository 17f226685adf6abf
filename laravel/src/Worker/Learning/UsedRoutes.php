<?php

declare(strict_types=1);

namespace Laraman\Worker\Learning;

use Closure;
use Illuminate\Foundation\Application;
use Illuminate\Http\Request;
use Illuminate\Routing\CompiledRouteCollection;
use Illuminate\Routing\Controllers\HasMiddleware;
use Illuminate\Routing\Route;
use Illuminate\Routing\Router;
use Laraman\Persist;

/**
 * Cached routes (`route:cache`) that jobs use: each route's object, pattern and list of middleware. Routes that are not
 * cached are objects from the start, which WarmUp compiles.
 */
#[Persist]
final class UsedRoutes implements Habit
{
    private const MOST = 256;

    /** @var array<string, bool> names, and whether their routes have been made */
    private array $names = [];

    public function note(Application $app): void
    {
        foreach (self::used(self::routes($app)) as $name) {
            if (! isset($this->names[$name]) && count($this->names) < self::MOST) {
                $this->names[$name] = false;
            }
        }
    }

    public function hasNew(): bool
    {
        return in_array(false, $this->names, true);
    }

    public function make(Application $app): void
    {
        $routes = self::routes($app);
        $request = Request::create('http://localhost/');

        foreach (array_keys(array_filter($this->names, static fn (bool $isMade): bool => ! $isMade)) as $name) {
            $this->names[$name] = true;
            $route = $routes?->getByName($name);

            if ($route === null) {
                continue;
            }

            $route->matches($request, false);  // compiles it

            if (! self::asksController($route)) {
                $route->gatherMiddleware();
            }
        }
    }

    public function count(): int
    {
        return count($this->names);
    }

    /** Whether application code, which may depend on the user, decides the route's middleware. */
    private static function asksController(Route $route): bool
    {
        $class = $route->getControllerClass();

        return $class !== null && (is_a($class, HasMiddleware::class, true) || method_exists($class, 'getMiddleware'));
    }

    private static function routes(Application $app): ?CompiledRouteCollection
    {
        $routes = $app->make(Router::class)->getRoutes();

        return $routes instanceof CompiledRouteCollection ? $routes : null;
    }

    /** @return list<string> */
    private static function used(?CompiledRouteCollection $routes): array
    {
        /** @var list<string> */
        return $routes === null ? [] : array_map(strval(...), array_keys(Closure::bind(fn (): array => $this->nameCache, $routes, CompiledRouteCollection::class)()));
    }
}
