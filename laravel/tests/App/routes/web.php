<?php

declare(strict_types=1);

use Illuminate\Support\Facades\Route;
use Laraman\Tests\App\ProbeController;

Route::any('/probe', ProbeController::class);
Route::any('/raw', ProbeController::class)->withoutMiddleware('web');
Route::get('/login', ProbeController::class)->name('login');
