<?php

declare(strict_types=1);

namespace Laraman\Gateway;

use UnexpectedValueException;

/**
 * The part of the protobuf wire format that netsvr's messages need: varints, strings and bytes, embedded messages. Written
 * by hand because the messages are few and flat, and an extension or a library would be an additional dependency.
 *
 * To encode, concatenate fields; as in proto3, a default value is left out. To decode, fields() returns the values by field
 * number, in order, including unknown fields.
 */
final class Protobuf
{
    public static function varint(int $value): string
    {
        if ($value >= 0 && $value < 0x80) {
            return chr($value);
        }

        $bytes = '';

        // A negative number is encoded as 64 bits in two's complement, in ten bytes.
        do {
            $bits = $value & 0x7F;
            $value = ($value >> 7) & 0x01FFFFFFFFFFFFFF;
            $bytes .= chr($value === 0 ? $bits : $bits | 0x80);
        } while ($value !== 0);

        return $bytes;
    }

    /** A number field, or a boolean with true as 1. */
    public static function integer(int $field, int|bool $value): string
    {
        return (int) $value === 0 ? '' : self::varint($field << 3).self::varint((int) $value);
    }

    /** A string or bytes field, or an encoded message. */
    public static function bytes(int $field, string $value): string
    {
        if ($value === '') {
            return '';
        }

        $length = strlen($value);

        return ($field < 16 ? chr($field << 3 | 2) : self::varint($field << 3 | 2)).($length < 0x80 ? chr($length) : self::varint($length)).$value;
    }

    /**
     * A repeated string or bytes field. Unlike in other fields an empty item is encoded, since it is part of the list.
     *
     * @param  list<string>  $values
     */
    public static function repeated(int $field, array $values): string
    {
        $tag = self::varint($field << 3 | 2);
        $bytes = '';

        foreach ($values as $value) {
            $bytes .= $tag.self::varint(strlen($value)).$value;
        }

        return $bytes;
    }

    /**
     * A map field of strings.
     *
     * @param  array<string, string>  $entries
     */
    public static function entries(int $field, array $entries): string
    {
        $items = [];

        foreach ($entries as $key => $value) {
            $items[] = self::bytes(1, $key).self::bytes(2, $value);
        }

        return self::repeated($field, $items);
    }

    /**
     * The message's fields: numbers as int, length-delimited fields as string.
     *
     * @return array<int, list<int|string>>
     *
     * @throws UnexpectedValueException the message is truncated or malformed
     */
    public static function fields(string $message): array
    {
        $fields = [];
        $offset = 0;
        $length = strlen($message);

        while ($offset < $length) {
            $tag = self::readVarint($message, $offset);
            $field = $tag >> 3;

            switch ($tag & 7) {
                case 0:
                    $fields[$field][] = self::readVarint($message, $offset);
                    break;
                case 1:
                    $fields[$field][] = self::take($message, $offset, 8);
                    break;
                case 2:
                    $fields[$field][] = self::take($message, $offset, self::readVarint($message, $offset));
                    break;
                case 5:
                    $fields[$field][] = self::take($message, $offset, 4);
                    break;
                default:
                    throw new UnexpectedValueException('Protobuf message with an unknown wire type.');
            }
        }

        return $fields;
    }

    /**
     * A repeated string field.
     *
     * @return list<string>
     */
    public static function strings(string $message, int $field): array
    {
        return array_map(strval(...), self::fields($message)[$field] ?? []);
    }

    /** A number field; its default is 0. The last of several values is used. */
    public static function number(string $message, int $field): int
    {
        $values = self::fields($message)[$field] ?? [0];
        $value = end($values);

        return is_int($value) ? $value : throw new UnexpectedValueException("Protobuf field $field is not a number.");
    }

    /**
     * A map field with string keys and encoded values.
     *
     * @return array<array-key, int|string>
     */
    public static function map(string $message, int $field, int|string $default): array
    {
        $map = [];

        foreach (self::strings($message, $field) as $entry) {
            $pair = self::fields($entry);
            $map[(string) ($pair[1][0] ?? '')] = $pair[2][0] ?? $default;
        }

        return $map;
    }

    private static function readVarint(string $message, int &$offset): int
    {
        $value = 0;

        for ($shift = 0; $shift < 64; $shift += 7) {
            if (! isset($message[$offset])) {
                throw new UnexpectedValueException('Protobuf message ends within a number.');
            }

            $byte = ord($message[$offset++]);
            $value |= ($byte & 0x7F) << $shift;

            if ($byte < 0x80) {
                return $value;
            }
        }

        throw new UnexpectedValueException('Protobuf message with a number of more than ten bytes.');
    }

    private static function take(string $message, int &$offset, int $length): string
    {
        if ($length < 0 || $length > strlen($message) - $offset) {
            throw new UnexpectedValueException('Protobuf message ends within a field.');
        }

        $bytes = substr($message, $offset, $length);
        $offset += $length;

        return $bytes;
    }
}
