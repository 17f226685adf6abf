<?php

declare(strict_types=1);

namespace App\Providers;

use App\Leaks\Flushed;
use App\Leaks\Scoped;
use App\Models\User;
use Illuminate\Support\Facades\Gate;
use Illuminate\Support\ServiceProvider;

final class AppServiceProvider extends ServiceProvider
{
    public function register(): void
    {
        $this->app->scoped(Scoped::class);
        $this->app->singleton(Flushed::class);
    }

    public function boot(): void
    {
        Gate::define('be', static fn (User $user, string $name): bool => $user->name === $name);
    }
}
