<?php

declare(strict_types=1);

namespace Laraman\Gateway;

use Illuminate\Contracts\Support\Arrayable;
use Illuminate\Contracts\Support\Jsonable;
use InvalidArgumentException;
use JsonException;
use JsonSerializable;

/**
 * One message to clients: an event with data, or raw text or binary. The gateway encodes an event for each client's
 * protocol.
 */
final class Outgoing
{
    private const FLAGS = JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_PRESERVE_ZERO_FRACTION;

    /**
     * @param  ?string  $event  the event's name; null for a raw message
     * @param  string  $data  an event's data as JSON, or the raw message
     * @param  bool  $binary  whether a raw message is binary
     */
    private function __construct(
        public readonly ?string $event,
        public readonly string $data,
        public readonly bool $binary = false,
    ) {
    }

    /**
     * @throws InvalidArgumentException the event's name is invalid, or the data cannot be encoded as JSON
     */
    public static function event(string $event, mixed $data): self
    {
        try {
            return new self(Argument::name($event, 'event'), self::json($data));
        } catch (JsonException $e) {
            throw new InvalidArgumentException("The argument \$data cannot be encoded as JSON: {$e->getMessage()}.", previous: $e);
        }
    }

    /** @throws InvalidArgumentException the text is not UTF-8 */
    public static function text(string $text): self
    {
        return new self(null, Argument::text($text, 'text'));
    }

    public static function binary(string $bytes): self
    {
        return new self(null, $bytes, true);
    }

    /** The payload for a client with the plain protocol: an event is {"event": …, "data": …}. */
    public function payload(): string
    {
        return $this->event === null ? $this->data : '{"event":'.json_encode($this->event, self::FLAGS).',"data":'.$this->data.'}';
    }

    /** @throws JsonException */
    private static function json(mixed $data): string
    {
        if ($data instanceof Arrayable && ! $data instanceof JsonSerializable) {
            $data = $data->toArray();
        } elseif ($data instanceof Jsonable && ! $data instanceof JsonSerializable) {
            $data = json_decode($data->toJson(), false, 512, JSON_THROW_ON_ERROR);
        }

        return json_encode($data, self::FLAGS);
    }
}
