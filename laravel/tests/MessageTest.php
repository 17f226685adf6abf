<?php

declare(strict_types=1);

namespace Laraman\Tests;

use Illuminate\Validation\ValidationException;
use Laraman\Message;

final class MessageTest extends TestCase
{
    public function test_text_and_bytes_are_the_message_as_it_came(): void
    {
        self::assertSame('hi', (new Message('hi'))->text());
        self::assertSame("\xff", (new Message("\xff", true))->bytes());
        self::assertTrue((new Message("\xff", true))->isBinary());
        self::assertFalse((new Message('hi'))->isBinary());
    }

    public function test_json(): void
    {
        $message = new Message('{"event":"say","data":{"text":"hi","to":[1,2]},"none":null}');

        self::assertSame('hi', $message->json('data.text'));
        self::assertSame(2, $message->json('data.to.1'));
        self::assertSame('x', $message->json('data.other', 'x'));
        self::assertSame('say', $message->event());
        self::assertSame(['text' => 'hi', 'to' => [1, 2]], $message->data());
        self::assertSame('hi', $message->data('text'));
        self::assertSame('x', $message->data('other', 'x'));
    }

    public function test_a_message_that_is_not_json_is_null(): void
    {
        foreach (['', 'hi', '{"a":', "\xff"] as $text) {
            $message = new Message($text);
            self::assertNull($message->json());
            self::assertSame('x', $message->json(default: 'x'));
            self::assertNull($message->json('a'));
            self::assertNull($message->event());
            self::assertNull($message->data());
        }

        self::assertNull((new Message('{"event":1}'))->event());
        self::assertSame(7, (new Message('7'))->json());
    }

    public function test_validation_returns_the_validated_data(): void
    {
        self::assertSame(['text' => 'hi'], (new Message('{"text":"hi","more":1}'))->validate(['text' => 'required']));
    }

    public function test_validation_with_own_words(): void
    {
        try {
            (new Message('{}'))->validate(['text' => 'required'], ['text.required' => 'Say :attribute.'], ['text' => 'something']);
            self::fail('No exception.');
        } catch (ValidationException $e) {
            self::assertSame(['text' => ['Say something.']], $e->errors());
        }
    }

    public function test_validation_refuses_a_message_that_is_not_an_object(): void
    {
        foreach (['hi', '7', 'null'] as $text) {
            try {
                (new Message($text))->validate(['text' => 'required']);
                self::fail('No exception.');
            } catch (ValidationException $e) {
                self::assertSame(['message'], array_keys($e->errors()));
            }
        }
    }
}
