<?php

declare(strict_types=1);

namespace App\Providers;

use App\Http\Controllers\IsolationController;
use App\Isolation\Holder;
use App\Sockets\IsolationSocket;
use Illuminate\Support\Facades\Event;
use Illuminate\Support\Facades\Route;
use Illuminate\Support\ServiceProvider;
use Laraman\Facades\Socket;

/**
 * Services of the isolation tests, which register this provider.
 */
final class IsolationServiceProvider extends ServiceProvider
{
    public function register(): void
    {
        require_once app_path('Isolation/functions.php');
        $GLOBALS['known'] = 'known';
        $GLOBALS['known_list'] = ['a' => 1];
        $this->app->instance(Holder::class, new Holder);
    }

    public function boot(): void
    {
        Event::listen('isolation.known', static fn () => null);
        Socket::route('/isolation', IsolationSocket::class);

        if (! $this->app->routesAreCached()) {
            Route::middleware('web')->prefix('/isolation')->controller(IsolationController::class)->group(static function (): void {
                Route::get('/names/{file}', 'names');
                Route::get('/read/{file}', 'read');
                Route::get('/change/{file}', 'change');
                Route::get('/die/{file}', 'die');
                Route::get('/end/{how}', 'end');
                Route::get('/weigh', 'weigh');
            });
        }
    }
}
