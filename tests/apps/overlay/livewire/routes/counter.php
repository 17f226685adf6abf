<?php

declare(strict_types=1);

use Illuminate\Support\Facades\Route;

Route::view('/counter', 'counter')->middleware('auth');
