<?php

declare(strict_types=1);

namespace App\Http\Controllers;

use Illuminate\Http\JsonResponse;
use Illuminate\Http\Request;
use Illuminate\Http\UploadedFile;

/**
 * Returns the received body.
 */
final class BodyController
{
    /** A large body without a copy of it in memory. */
    public function large(Request $request): JsonResponse
    {
        $file = $request->file('file');
        $hash = hash_init('md5');
        hash_update_stream($hash, $file instanceof UploadedFile ? fopen($file->getRealPath(), 'r') : $request->getContent(true));

        return response()->json([
            'size' => $file instanceof UploadedFile ? $file->getSize() : (int) $request->header('Content-Length'),
            'md5' => hash_final($hash),
            'note' => $request->post('note'),
            'peak' => memory_get_peak_usage(true),
        ]);
    }

    public function store(Request $request): JsonResponse
    {
        return response()->json([
            'type' => $request->header('Content-Type'),
            'post' => $_POST,
            'input' => $request->isJson() ? $request->json()->all() : $request->post(),
            'length' => strlen($request->getContent()),
            'md5' => md5($request->getContent()),
            'files' => array_map(static fn (UploadedFile $file): array => [
                'name' => $file->getClientOriginalName(),
                'size' => $file->getSize(),
                'md5' => md5_file($file->getRealPath()),
                'uploaded' => is_uploaded_file($file->getRealPath()),
                'stored' => $file->store('uploads'),
            ], $request->allFiles()),
        ]);
    }
}
