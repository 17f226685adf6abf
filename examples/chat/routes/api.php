<?php

declare(strict_types=1);

use App\Http\Controllers\Api\PingController;
use App\Http\Controllers\Api\RoomController;
use Illuminate\Support\Facades\Route;

// Routes without session and cookies, to measure a Laravel route without and with the database.
Route::get('/ping', PingController::class);
Route::get('/rooms', [RoomController::class, 'index']);
