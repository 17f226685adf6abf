<?php

declare(strict_types=1);

use App\Http\Controllers\LoginController;
use App\Models\TrustedUser;
use App\Models\User;
use Illuminate\Foundation\Http\Middleware\ValidateCsrfToken;
use Illuminate\Http\Request;
use Illuminate\Support\Facades\Auth;
use Illuminate\Support\Facades\Route;
use Inertia\Inertia;
use Spatie\Activitylog\Facades\CauserResolver;
use Spatie\Activitylog\Facades\LogBatch;
use Spatie\Activitylog\Models\Activity;
use Spatie\Permission\PermissionRegistrar;

Route::get('/api/ping', static fn () => ['pong' => true])->name('ping');
Route::view('/', 'welcome')->name('home');
Route::get('/log-in/{id}', static function (Request $request, int $id): array {
    Auth::loginUsingId($id);

    return ['welcome' => $request->user()?->name];
});
Route::get('/who', static fn (Request $request): array => [
    'user' => $request->user()?->name, 'guest' => Auth::guest(), 'locale' => app()->getLocale(), 'visits' => $request->session()->increment('visits'),
]);
Route::get('/locale/{locale}', static function (string $locale): array {
    app()->setLocale($locale);
    config(['app.name' => "in $locale"]);

    return ['locale' => app()->getLocale(), 'name' => config('app.name')];
});

// laravel/ui
Route::post('/ui/login', [LoginController::class, 'login'])->withoutMiddleware(ValidateCsrfToken::class);

// laravel/sanctum
Route::middleware('auth:sanctum')->get('/sanctum/who', static fn (Request $request): array => [
    'user' => $request->user()?->name,
    'token' => $request->user()?->currentAccessToken()->name ?? null,
    'may write' => $request->user()?->tokenCan('write'),
]);

// spatie/laravel-permission
Route::prefix('/permission')->group(static function (): void {
    Route::get('/mine', static fn (Request $request): array => [
        'roles' => $request->user()?->getRoleNames(), 'edit' => $request->user()?->can('edit articles'), 'team' => app(PermissionRegistrar::class)->getPermissionsTeamId(),
    ]);
    Route::get('/team/{team}', static function (int $team): array {
        setPermissionsTeamId($team);

        return ['team' => getPermissionsTeamId()];
    });
    Route::get('/grant', static fn (Request $request): array => ['edit' => $request->user()?->givePermissionTo('edit articles')->can('edit articles')]);
    Route::get('/revoke', static fn (Request $request): array => ['edit' => $request->user()?->revokePermissionTo('edit articles')->can('edit articles')]);
    Route::middleware('can:edit articles')->get('/guarded', static fn (): array => ['in' => true]);
});

// spatie/laravel-activitylog
Route::prefix('/activity')->group(static function (): void {
    Route::get('/log', static function (): array {
        activity()->log('looked');
        $last = Activity::query()->latest('id')->first();

        return ['causer' => $last?->causer?->name, 'batch' => $last?->batch_uuid !== null];
    });
    Route::get('/batch', static function (): array {
        LogBatch::startBatch();

        return ['open' => LogBatch::isOpen()];
    });
    Route::get('/as/{id}', static function (int $id): array {
        CauserResolver::setCauser(User::query()->findOrFail($id));
        activity()->log('looked');

        return ['causer' => Activity::query()->latest('id')->first()?->causer?->name];
    });
    Route::get('/off', static function (): array {
        activity()->disableLogging();
        activity()->log('unseen');

        return ['status' => Activity::query()->where('description', 'unseen')->count()];
    });
    Route::get('/rename', static function (Request $request): array {
        $request->user()?->update(['name' => strrev((string) $request->user()->name)]);

        return Activity::query()->latest('id')->first()?->only(['description', 'properties']) ?? [];
    });
});

// livewire/livewire, tightenco/ziggy
Route::view('/livewire', 'livewire-page');
Route::view('/ziggy', 'ziggy-page');

// inertiajs/inertia-laravel
Route::get('/inertia/page', static fn () => Inertia::render('Page', ['user' => auth()->user()?->name]));
Route::get('/inertia/share/{what}', static function (string $what) {
    Inertia::share('secret', $what);
    Inertia::version("version of $what");
    Inertia::setRootView('app');

    return Inertia::render('Page', ['user' => auth()->user()?->name]);
});

// laravel/scout
Route::get('/scout/{what}', static fn (string $what): array => User::search($what)->get()->pluck('id')->all());

// santigarcor/laratrust
Route::get('/trust', static function (): array {
    $user = TrustedUser::query()->find(Auth::id());

    return ['writer' => $user?->hasRole('writer'), 'publish' => $user?->isAbleTo('publish')];
});
