<?php

declare(strict_types=1);

use App\Http\Controllers\LeakController;
use Illuminate\Support\Facades\Route;

Route::prefix('/oracle')->group(__DIR__.'/oracle.php');
Route::get('/log-in/{name}', [LeakController::class, 'logIn']);
Route::get('/leaks/{name}', [LeakController::class, 'show']);
