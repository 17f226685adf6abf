<?php

declare(strict_types=1);

namespace Laraman\Handshake;

use InvalidArgumentException;

/**
 * Checks values that are sent in a header of the answer to a handshake.
 */
final class HeaderValue
{
    /** Returns the value, or throws if a header cannot carry it. */
    public static function safe(string $value, string $what): string
    {
        if (preg_match('/[\x00-\x1f\x7f]/', $value) === 1 || $value !== trim($value, ' ')) {
            throw new InvalidArgumentException(
                "The connection's $what contains control characters, or leading or trailing spaces, which open() cannot send."
            );
        }

        return $value;
    }
}
