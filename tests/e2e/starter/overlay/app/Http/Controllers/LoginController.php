<?php

declare(strict_types=1);

namespace App\Http\Controllers;

use Illuminate\Foundation\Auth\AuthenticatesUsers;
use Illuminate\Http\JsonResponse;
use Illuminate\Http\Request;

/** laravel/ui's log-in, with its lock after too many attempts. */
final class LoginController extends Controller
{
    use AuthenticatesUsers;

    protected int $maxAttempts = 2;

    protected function authenticated(Request $request, mixed $user): JsonResponse
    {
        return response()->json(['welcome' => $user->name]);
    }
}
