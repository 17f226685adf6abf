<?php

declare(strict_types=1);

namespace Laraman\Gateway;

use Illuminate\Contracts\Support\Arrayable;
use Illuminate\Contracts\Support\Jsonable;
use InvalidArgumentException;
use JsonException;
use JsonSerializable;

/**
 * The JSON form of send(): {"event": …, "data": …}.
 */
final class Envelope
{
    private const FLAGS = JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_PRESERVE_ZERO_FRACTION;

    /**
     * The same for arguments of the public interface.
     *
     * @throws InvalidArgumentException the event's name cannot be, or the data cannot be JSON
     */
    public static function ofArguments(string $event, mixed $data): string
    {
        try {
            return self::encode(Argument::name($event, 'event'), $data);
        } catch (JsonException $e) {
            throw new InvalidArgumentException("The argument \$data cannot be JSON: {$e->getMessage()}.", previous: $e);
        }
    }

    /** @throws JsonException */
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
