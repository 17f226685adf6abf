<?php

declare(strict_types=1);

namespace App\Http\Controllers;

use App\Databases\Steps;
use Illuminate\Http\JsonResponse;
use Illuminate\Http\Request;

final class DatabaseController
{
    public function run(Request $request): JsonResponse
    {
        return response()->json(Steps::run(json_decode($request->query('steps'), true, flags: JSON_THROW_ON_ERROR)));
    }
}
