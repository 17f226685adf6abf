<?php

declare(strict_types=1);

namespace Laraman\NetBus;

/**
 * Protobuf's JSON form of a message: members with their default value are left out, bytes are base64.
 */
trait AsProtobufJson
{
    public function serializeToJsonString(): string
    {
        return json_encode((object) $this->jsonSerialize(), JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE);
    }

    /** @return array<string, list<string>|string> */
    public function jsonSerialize(): array
    {
        return array_filter($this->members(), static fn (array|string $value): bool => $value !== '' && $value !== []);
    }

    /** @return array<string, list<string>|string> */
    abstract protected function members(): array;
}
