<?php

declare(strict_types=1);

use App\Http\Controllers\AnnouncementController;
use App\Http\Controllers\AvatarController;
use App\Http\Controllers\Bench\PageController;
use App\Http\Controllers\MessageController;
use App\Http\Controllers\ProfileController;
use App\Http\Controllers\RegistrationController;
use App\Http\Controllers\RoomController;
use App\Http\Controllers\SessionController;
use Illuminate\Support\Facades\Route;

Route::redirect('/', '/rooms/lobby')->name('home');

Route::middleware('guest')->group(function (): void {
    Route::get('/login', [SessionController::class, 'create'])->name('login');
    Route::post('/login', [SessionController::class, 'store'])->middleware('throttle:log-in');
    Route::post('/register', [RegistrationController::class, 'store'])->name('register');
});

Route::middleware('auth')->group(function (): void {
    Route::post('/logout', [SessionController::class, 'destroy'])->name('logout');
    Route::get('/me', [ProfileController::class, 'show'])->name('me');
    Route::post('/avatar', [AvatarController::class, 'store'])->name('avatar');
    Route::post('/rooms', [RoomController::class, 'store'])->name('rooms.store');
    Route::get('/rooms/{room}', [RoomController::class, 'show'])->name('rooms.show');
    Route::get('/rooms/{room}/messages', [MessageController::class, 'index'])->name('messages');
    Route::post('/announce', [AnnouncementController::class, 'store'])->name('announce');
});

// For `./dev bench`: minimal pages.
if (app()->environment('bench')) {
    Route::get('/bench/log-in', [PageController::class, 'logIn']);
    Route::get('/bench/page', [PageController::class, 'show'])->middleware('auth');
}
