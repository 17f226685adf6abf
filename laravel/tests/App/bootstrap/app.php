<?php

declare(strict_types=1);

use Illuminate\Foundation\Application;
use Illuminate\Foundation\Configuration\Exceptions;
use Illuminate\Foundation\Configuration\Middleware;
use Laraman\LaramanServiceProvider;
use Laraman\Tests\App\TestServiceProvider;

/*
| The minimal application that the package's tests boot.
*/

return Application::configure(basePath: dirname(__DIR__))
    ->withProviders([LaramanServiceProvider::class, TestServiceProvider::class], withBootstrapProviders: false)
    ->withRouting(web: __DIR__.'/../routes/web.php')
    ->withMiddleware(static function (Middleware $middleware): void {
    })
    ->withExceptions(static function (Exceptions $exceptions): void {
    })
    ->create();
