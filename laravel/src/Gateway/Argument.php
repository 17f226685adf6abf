<?php

declare(strict_types=1);

namespace Laraman\Gateway;

use InvalidArgumentException;

/**
 * Checks arguments at the call. A value that the gateway or the WebSocket protocol does not accept would otherwise be
 * dropped, or end the link to the gateway, far from the code that caused it.
 *
 * @internal
 */
final class Argument
{
    /** Maximum bytes of the name of a channel, a user or an event. */
    public const LONGEST_NAME = 255;

    /** Maximum bytes of a close frame's reason, RFC 6455 section 5.5. */
    public const LONGEST_REASON = 123;

    /**
     * The name of a channel, a user or an event: 1 to 255 bytes of UTF-8, without control characters and without leading or
     * trailing spaces, which a header in the answer to a handshake cannot carry.
     *
     * @throws InvalidArgumentException
     */
    public static function name(string $name, string $argument): string
    {
        $fault = match (true) {
            $name === '' => 'is empty',
            strlen($name) > self::LONGEST_NAME => sprintf('has %d bytes; a name has at most %d', strlen($name), self::LONGEST_NAME),
            ! mb_check_encoding($name, 'UTF-8') => 'is not UTF-8',
            preg_match('/[\x00-\x1f\x7f]/', $name) === 1 => 'has control characters',
            $name !== trim($name, ' ') => 'begins or ends with a space',
            default => null,
        };

        return $fault === null ? $name : throw self::invalid($argument, $fault);
    }

    /**
     * @param  array<array-key, string>  $names
     * @return list<string>
     *
     * @throws InvalidArgumentException
     */
    public static function names(array $names, string $argument): array
    {
        return array_map(static fn (string $name): string => self::name($name, $argument), array_values($names));
    }

    /**
     * The id of a connection. An unknown id is ignored by the gateway, so only ids that the protocol cannot carry are refused.
     *
     * @throws InvalidArgumentException
     */
    public static function id(string $id, string $argument): string
    {
        return $id === '' ? $id : self::name($id, $argument);
    }

    /**
     * A text of any length.
     *
     * @throws InvalidArgumentException
     */
    public static function text(string $text, string $argument): string
    {
        return mb_check_encoding($text, 'UTF-8') ? $text : throw self::invalid($argument, 'is not UTF-8');
    }

    /**
     * @throws InvalidArgumentException
     */
    public static function closeCode(int $code, string $argument = 'code'): int
    {
        // RFC 6455 sections 7.4.1 and 7.4.2, and the codes registered since; 1010 is for clients.
        $mayBeSent = ($code >= 1000 && $code <= 1003) || ($code >= 1007 && $code <= 1014 && $code !== 1010) || ($code >= 3000 && $code <= 4999);

        return $mayBeSent ? $code : throw self::invalid(
            $argument, "is $code; an application closes with 1000 or 3000 to 4999, a server also with 1001 to 1003, 1007 to 1009 and 1011 to 1014",
        );
    }

    /**
     * @throws InvalidArgumentException
     */
    public static function reason(string $reason, string $argument = 'reason'): string
    {
        return strlen($reason) <= self::LONGEST_REASON ? self::text($reason, $argument) : throw self::invalid(
            $argument, sprintf('has %d bytes; a close frame takes %d', strlen($reason), self::LONGEST_REASON),
        );
    }

    /**
     * @throws InvalidArgumentException
     */
    public static function between(int $value, int $least, int $most, string $argument): int
    {
        return $value >= $least && $value <= $most ? $value : throw self::invalid($argument, "is $value; it can be $least to $most");
    }

    public static function invalid(string $argument, string $fault): InvalidArgumentException
    {
        return new InvalidArgumentException("The argument \$$argument $fault.");
    }
}
