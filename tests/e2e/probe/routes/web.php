<?php

declare(strict_types=1);

use App\Http\Controllers\LeakController;
use Illuminate\Http\Request;
use Illuminate\Support\Facades\Auth;
use Illuminate\Support\Facades\Route;
use Laraman\Facades\Gateway;

Route::prefix('/oracle')->group(__DIR__.'/oracle.php');
Route::get('/log-in/{name}', [LeakController::class, 'logIn']);
Route::get('/log-out', static function (Request $request): void {
    Auth::logout();
    $request->session()->invalidate();
});
Route::get('/new-session', static fn (Request $request) => [$request->session()->regenerate()]);
Route::get('/kick', static fn (Request $request) => [Gateway::user($request->user())->close(4002, 'kicked')]);
Route::get('/leaks/{name}', [LeakController::class, 'show']);
