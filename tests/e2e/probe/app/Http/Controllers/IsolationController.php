<?php

declare(strict_types=1);

namespace App\Http\Controllers;

use App\Isolation\Kinds;
use Illuminate\Http\JsonResponse;
use Illuminate\Http\Request;

final class IsolationController
{
    public function names(): JsonResponse
    {
        return new JsonResponse(Kinds::names());
    }

    public function read(): JsonResponse
    {
        $status = opcache_get_status(false) ?: [];
        $engine = array_keys(array_filter([
            'opcache' => $status['opcache_enabled'] ?? false,
            'jit' => $status['jit']['on'] ?? false,
            'preloading' => isset($status['preload_statistics']),
        ]));

        return new JsonResponse(['values' => Kinds::read(), 'pid' => getmypid(), 'engine' => $engine]);
    }

    public function change(Request $request): JsonResponse
    {
        Kinds::change($request->query->getString('kind'), $request->query->has('unseen'));

        return new JsonResponse;
    }
}
