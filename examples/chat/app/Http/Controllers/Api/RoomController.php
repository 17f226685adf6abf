<?php

declare(strict_types=1);

namespace App\Http\Controllers\Api;

use App\Models\Room;
use Illuminate\Http\JsonResponse;

final class RoomController
{
    public function index(): JsonResponse
    {
        return response()->json([
            'rooms' => Room::query()->withCount('messages')->orderBy('id')->get()->map->only(['slug', 'name', 'topic', 'messages_count']),
        ]);
    }
}
