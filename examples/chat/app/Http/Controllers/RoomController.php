<?php

declare(strict_types=1);

namespace App\Http\Controllers;

use App\Models\Room;
use Illuminate\Contracts\View\View;
use Illuminate\Http\RedirectResponse;
use Illuminate\Http\Request;
use Illuminate\Support\Str;

final class RoomController
{
    public function show(Request $request, Room $room): View
    {
        $messages = MessageController::page($room);

        return view('room', [
            'room' => $room,
            'rooms' => Room::query()->orderBy('id')->get(),
            'page' => [
                'room' => ['slug' => $room->slug, 'name' => $room->name],
                'me' => $request->user()->card(),
                ...$messages,
            ],
        ]);
    }

    public function store(Request $request): RedirectResponse
    {
        $name = $request->validate(['name' => ['required', 'string', 'max:30', 'regex:/[a-z0-9]/i']])['name'];
        $room = Room::query()->createOrFirst(['slug' => Str::slug($name)], ['name' => $name, 'topic' => '']);

        return redirect()->route('rooms.show', $room);
    }
}
