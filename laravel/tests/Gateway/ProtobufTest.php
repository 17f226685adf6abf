<?php

declare(strict_types=1);

namespace Laraman\Tests\Gateway;

use Laraman\Gateway\Protobuf;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;
use UnexpectedValueException;

final class ProtobufTest extends TestCase
{
    /** @return array<array-key, array{int, string}> */
    public static function varints(): array
    {
        return [
            [0, '00'], [1, '01'], [127, '7f'], [128, '8001'], [300, 'ac02'], [16383, 'ff7f'], [16384, '808001'],
            [2147483647, 'ffffffff07'], [PHP_INT_MAX, 'ffffffffffffffff7f'], [-1, 'ffffffffffffffffff01'], [PHP_INT_MIN, '80808080808080808001'],
        ];
    }

    #[DataProvider('varints')]
    public function test_varints(int $value, string $hex): void
    {
        self::assertSame($hex, bin2hex(Protobuf::varint($value)));
        self::assertSame($value, Protobuf::number("\x08".Protobuf::varint($value), 1));
    }

    public function test_defaults_are_left_out(): void
    {
        self::assertSame('', Protobuf::integer(1, 0).Protobuf::integer(1, false).Protobuf::bytes(2, '').Protobuf::repeated(3, []));
        self::assertSame("\x0a\x00", Protobuf::repeated(1, ['']));
    }

    public function test_absent_fields_read_as_defaults(): void
    {
        self::assertSame(0, Protobuf::number('', 1));
        self::assertSame([], Protobuf::strings('', 1));
        self::assertSame([], Protobuf::map('', 1, 0));
        self::assertSame(['' => 0], Protobuf::map("\x0a\x00", 1, 0));
    }

    public function test_unknown_fields_of_every_wire_type_are_passed_over(): void
    {
        $unknown = "\x50\x01"."\x59".str_repeat("\0", 8)."\x62\x01x"."\x6d".str_repeat("\0", 4);

        self::assertSame(['a'], Protobuf::strings($unknown."\x0a\x01a".$unknown, 1));
    }

    public function test_a_long_field_number(): void
    {
        self::assertSame('a00602', bin2hex(Protobuf::integer(100, 2)));
        self::assertSame(2, Protobuf::number("\xa0\x06\x02", 100));
    }

    /** @return array<string, array{string}> */
    public static function malformed(): array
    {
        return [
            'cut in the tag' => ["\x80"],
            'cut in a number' => ["\x08\x80"],
            'no number' => ["\x08"],
            'cut in a string' => ["\x0a\x05ab"],
            'length beyond all' => ["\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7fab"],
            'negative length' => ["\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"],
            'number too long' => ["\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"],
            'group' => ["\x0b"],
            'cut in 64 bits' => ["\x09\x00"],
            'cut in 32 bits' => ["\x0d\x00"],
        ];
    }

    #[DataProvider('malformed')]
    public function test_malformed_messages_are_refused(string $bytes): void
    {
        $this->expectException(UnexpectedValueException::class);
        Protobuf::fields($bytes);
    }
}
