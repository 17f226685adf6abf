<?php

declare(strict_types=1);

namespace Laraman\Tests\App;

use Illuminate\Routing\Router;
use Illuminate\Support\ServiceProvider;

final class TestServiceProvider extends ServiceProvider
{
    public function boot(Router $router): void
    {
        $router->aliasMiddleware('count.messages', CountMessages::class);
    }
}
