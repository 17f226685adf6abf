<?php

declare(strict_types=1);

namespace App\Http\Controllers;

use App\Sockets\ChatSocket;
use Illuminate\Http\JsonResponse;
use Illuminate\Http\Request;
use Illuminate\Support\Facades\Storage;
use Illuminate\Validation\Rules\File;
use Laraman\Facades\Gateway;

final class AvatarController
{
    public function store(Request $request): JsonResponse
    {
        $request->validate(['avatar' => ['required', File::image()->types(['png', 'jpg', 'webp'])->max('2mb')]]);

        $user = $request->user();
        $old = $user->avatar;
        $user->update(['avatar' => $request->file('avatar')->store('avatars', 'public')]);

        if ($old !== null) {
            Storage::disk('public')->delete($old);
        }

        rescue(static fn () => Gateway::channel(ChatSocket::EVERY_ROOM)->send('changed', $user->card()));

        return response()->json($user->card());
    }
}
