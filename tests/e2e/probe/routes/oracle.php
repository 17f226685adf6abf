<?php

declare(strict_types=1);

use App\Http\Controllers\OracleController;
use Illuminate\Support\Facades\Route;

Route::controller(OracleController::class)->group(function (): void {
    Route::any('/echo/{rest?}', 'echo')->where('rest', '.*');
    Route::post('/upload', 'upload');
    Route::any('/status/{status}', 'status');
    Route::any('/text/{type}', 'text');
    Route::get('/plain/{what}', 'plain');
    Route::get('/headers/{what}', 'headers');
    Route::get('/cookies/{what}', 'cookies');
    Route::any('/redirect/{what}', 'redirect');
    Route::get('/stream/{what}', 'stream');
    Route::any('/file/{what}', 'file');
    Route::get('/cached', 'cached');
    Route::get('/output/{what}', 'output');
    Route::any('/fail/{what}', 'fail');
    Route::any('/session/{what}', 'session');
    Route::post('/store', 'store');
    Route::get('/named/{status}', 'status')->name('oracle.named');
    Route::put('/only-put', 'echo');
    Route::redirect('/declared', '/oracle/echo', 301);
    Route::view('/view', 'who');
});
