<?php

declare(strict_types=1);

namespace App\Http\Controllers;

use App\Jobs\Announce;
use Illuminate\Http\JsonResponse;
use Illuminate\Http\Request;

/**
 * Sends an announcement to all rooms: immediately, or from a queue worker.
 */
final class AnnouncementController
{
    public function store(Request $request): JsonResponse
    {
        $data = $request->validate(['text' => ['required', 'string', 'max:500'], 'queued' => ['boolean']]);
        $announcement = new Announce($data['text'], $request->user()->name);

        if ($request->boolean('queued')) {
            dispatch($announcement);
        } else {
            $announcement->handle();
        }

        return response()->json(['queued' => $request->boolean('queued')], 202);
    }
}
