<?php

declare(strict_types=1);

namespace Laraman;

use Illuminate\Contracts\Validation\Factory;
use Illuminate\Validation\ValidationException;
use JsonException;

/**
 * One message from a client.
 */
final class Message
{
    private mixed $decoded = null;

    private bool $isDecoded = false;

    /**
     * @param  string  $data  text (valid UTF-8) or bytes
     */
    public function __construct(private readonly string $data, public readonly bool $binary = false)
    {
    }

    /** The content of the message: text, or the bytes of a binary message. */
    public function text(): string
    {
        return $this->data;
    }

    /** The same content, for code that expects a binary message. */
    public function bytes(): string
    {
        return $this->data;
    }

    /** Whether the client sent it as binary. */
    public function isBinary(): bool
    {
        return $this->binary;
    }

    /**
     * The message decoded from JSON (objects become arrays), or the value at a "dotted.key" in it. If the message is not
     * JSON, the default.
     */
    public function json(?string $key = null, mixed $default = null): mixed
    {
        if (! $this->isDecoded) {
            $this->isDecoded = true;

            try {
                $this->decoded = json_decode($this->data, true, 512, JSON_THROW_ON_ERROR);
            } catch (JsonException) {
                $this->decoded = null;
            }
        }

        return $key === null ? ($this->decoded ?? $default) : data_get($this->decoded, $key, $default);
    }

    /** The "event" of a message in the form of send(), {"event": …, "data": …}; null for other messages. */
    public function event(): ?string
    {
        $event = $this->json('event');

        return is_string($event) ? $event : null;
    }

    /** The "data" of a message in the form of send(). */
    public function data(?string $key = null, mixed $default = null): mixed
    {
        return $this->json($key === null ? 'data' : "data.$key", $default);
    }

    /**
     * Validates the message's JSON object with Laravel's rules and returns the validated data. If the exception is not
     * caught, the client gets an "error" event with the validation messages, and the connection stays open.
     *
     * @param  array<string, mixed>  $rules
     * @param  array<string, string>  $messages
     * @param  array<string, string>  $attributes
     * @return array<array-key, mixed>
     *
     * @throws ValidationException
     */
    public function validate(array $rules, array $messages = [], array $attributes = []): array
    {
        $input = $this->json();

        if (! is_array($input)) {
            throw ValidationException::withMessages(['message' => 'The message must be a JSON object.']);
        }

        return app(Factory::class)->make($input, $rules, $messages, $attributes)->validate();
    }
}
