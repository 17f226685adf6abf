<?php

declare(strict_types=1);

namespace App\Http\Controllers;

use App\Models\Room;
use Illuminate\Http\JsonResponse;
use Illuminate\Http\Request;

/**
 * A room's history, newest messages first.
 */
final class MessageController
{
    private const PAGE = 50;

    public function index(Request $request, Room $room): JsonResponse
    {
        $before = $request->validate(['before' => ['required', 'integer', 'min:1']])['before'];

        return response()->json(self::page($room, (int) $before));
    }

    /**
     * @return array{messages: list<array<string, mixed>>, earlier: bool} oldest first; whether there are earlier ones
     */
    public static function page(Room $room, ?int $before = null): array
    {
        $messages = $room->messages()->with('user')->latest('id')->limit(self::PAGE + 1)
            ->when($before !== null, static fn ($query) => $query->where('id', '<', $before))
            ->get();

        return [
            'messages' => array_values($messages->take(self::PAGE)->reverse()->map->card()->all()),
            'earlier' => $messages->count() > self::PAGE,
        ];
    }
}
