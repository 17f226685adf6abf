<?php

declare(strict_types=1);

namespace Laraman\Handshake;

use InvalidArgumentException;

/**
 * Values that travel in a header of the handshake's answer.
 */
final class HeaderValue
{
    /** Gives the value back, or throws where a header cannot carry it. */
    public static function safe(string $value, string $what): string
    {
        if (preg_match('/[\x00-\x1f\x7f]/', $value) === 1 || $value !== trim($value, ' ')) {
            throw new InvalidArgumentException(
                "The connection's $what contains control characters or outer spaces, which open() cannot pass on."
            );
        }

        return $value;
    }
}
