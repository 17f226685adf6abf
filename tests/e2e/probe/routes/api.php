<?php

declare(strict_types=1);

use App\Http\Controllers\BodyController;
use App\Http\Controllers\DatabaseController;
use App\Http\Controllers\OddController;
use Illuminate\Support\Facades\Route;

Route::get('/ping', [OddController::class, 'ping']);
Route::post('/body', [BodyController::class, 'store']);
Route::any('/large', [BodyController::class, 'large']);

Route::get('/databases', [DatabaseController::class, 'run']);

Route::prefix('/odd')->controller(OddController::class)->group(function (): void {
    Route::get('/cookies', 'cookies');
    Route::get('/echo', 'echoes');
    Route::get('/exit', 'exits');
    Route::get('/dd', 'dumps');
    Route::get('/throw', 'throws');
    Route::get('/warning', 'warning');
    Route::get('/notice', 'notice');
    Route::get('/silenced', 'silenced');
    Route::get('/early/{kilobytes}', 'early');
    Route::get('/early-stream', 'earlyStream');
    Route::get('/late/{what}', 'late');
    Route::get('/place', 'place');
    Route::get('/session/{what}', 'session');
    Route::get('/fork/{how}', 'fork');
    Route::get('/memory', 'memory');
    Route::get('/exhaust', 'exhaust');
    Route::get('/spin', 'spin');
    Route::get('/limited/{seconds}', 'limited');
    Route::get('/segfault', 'segfault');
    Route::get('/kill', 'kill');
    Route::get('/slow/{milliseconds}', 'slow');
    Route::get('/env/{name}', 'environment');
    Route::get('/ini/{name}', 'ini');
    Route::get('/phpinfo', 'phpinfo');
    Route::get('/stream', 'stream');
    Route::get('/file', 'file');
    Route::get('/endless/{how}', 'endless');
    Route::get('/once/{megabytes}', 'once');
    Route::get('/removed/{how}', 'removed');
    Route::get('/accelerated/{how}', 'accelerated');
    Route::get('/server', 'server');
    Route::get('/status/{status}', 'status');
});

Route::prefix('/stateless')->as('stateless.')->group(__DIR__.'/oracle.php');
