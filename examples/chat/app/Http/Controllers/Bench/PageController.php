<?php

declare(strict_types=1);

namespace App\Http\Controllers\Bench;

use App\Models\User;
use Illuminate\Http\Response;
use Illuminate\Support\Facades\Auth;

/**
 * For `./dev bench`: an empty page, to measure its middleware.
 */
final class PageController
{
    public function logIn(): Response
    {
        Auth::login(User::query()->firstOrFail());

        return new Response('logged in');
    }

    public function show(): Response
    {
        return new Response('a page');
    }
}
