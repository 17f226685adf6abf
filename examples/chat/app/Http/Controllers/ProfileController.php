<?php

declare(strict_types=1);

namespace App\Http\Controllers;

use Illuminate\Http\JsonResponse;
use Illuminate\Http\Request;

/**
 * Returns the logged-in user. The page asks when its socket is refused; 401 means "log in again".
 */
final class ProfileController
{
    public function show(Request $request): JsonResponse
    {
        return response()->json($request->user()->card());
    }
}
