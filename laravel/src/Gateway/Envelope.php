<?php

declare(strict_types=1);

namespace Laraman\Gateway;

use Illuminate\Contracts\Support\Arrayable;
use Illuminate\Contracts\Support\Jsonable;
use JsonSerializable;

/**
 * The JSON form of send(): {"event": …, "data": …}.
 */
final class Envelope
{
    private const FLAGS = JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_PRESERVE_ZERO_FRACTION;

    public static function encode(string $event, mixed $data): string
    {
        if ($data instanceof Arrayable && ! $data instanceof JsonSerializable) {
            $data = $data->toArray();
        } elseif ($data instanceof Jsonable && ! $data instanceof JsonSerializable) {
            $data = json_decode($data->toJson(), false, 512, JSON_THROW_ON_ERROR);
        }

        return json_encode(['event' => $event, 'data' => $data], self::FLAGS);
    }
}
