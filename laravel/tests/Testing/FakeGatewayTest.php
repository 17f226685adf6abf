<?php

declare(strict_types=1);

namespace Laraman\Tests\Testing;

use Closure;
use Laraman\Contracts\GatewayClient;
use Laraman\Facades\Gateway;
use Laraman\Gateway\Outgoing;
use Laraman\Message;
use Laraman\Testing\SentMessage;
use Laraman\Tests\App\Models\User;
use Laraman\Tests\App\Sockets\ChatSocket;
use Laraman\Tests\TestCase;
use PHPUnit\Framework\AssertionFailedError;

final class FakeGatewayTest extends TestCase
{
    public function test_it_replaces_the_gateway_everywhere(): void
    {
        $fake = Gateway::fake();
        $fake->assertNothingSent();
        Gateway::channel('room.1')->send('said', ['text' => 'hi']);
        app(\Laraman\Contracts\Gateway::class)->all()->raw('x');
        app(GatewayClient::class)->send('a', Outgoing::text('y'));

        self::assertSame([], $this->native->commands);
        $fake->assertSentCount(3);
        $fake->assertSentCount(1, 'said');
        self::assertSame(['text' => 'hi'], $fake->sent('said')[0]->data());
        self::assertNull($fake->sent()[1]->event());
    }

    public function test_assertions_tell_apart(): void
    {
        $fake = Gateway::fake();
        Gateway::user(5)->send('shipped', ['id' => 9]);
        Gateway::channel('a')->send('said');
        Gateway::all()->send('news');
        Gateway::connection('c')->send('direct');
        Gateway::connection('c')->close(4000);

        $fake->assertSent('shipped');
        $fake->assertSent('shipped', static fn (mixed $data, SentMessage $message): bool => $data === ['id' => 9]);
        $fake->assertNotSent('shipped', static fn (mixed $data): bool => $data === ['id' => 8]);
        $fake->assertNotSent('lost');
        $fake->assertSentToUser(5, 'shipped');
        $fake->assertSentToUser(User::query()->findOrFail(5), 'shipped', static fn (mixed $data): bool => $data === ['id' => 9]);
        $fake->assertSentToChannel('a', 'said');
        $fake->assertSentToAll('news');
        $fake->assertSentToConnection('c', 'direct');
        $fake->assertClosed('c');
        $fake->assertClosed('c', 4000);

        foreach ([
            static fn () => $fake->assertSent('lost'),
            static fn () => $fake->assertNotSent('said'),
            static fn () => $fake->assertSentToUser(6, 'shipped'),
            static fn () => $fake->assertSentToChannel('b', 'said'),
            static fn () => $fake->assertSentToAll('said'),
            static fn () => $fake->assertSentToConnection('d', 'direct'),
            static fn () => $fake->assertNothingSent(),
            static fn () => $fake->assertNothingClosed(),
            static fn () => $fake->assertClosed('d'),
            static fn () => $fake->assertClosed('c', 4001),
        ] as $number => $assertion) {
            self::assertTrue($this->fails($assertion), "Assertion $number holds.");
        }
    }

    public function test_a_handler_can_be_tested_by_itself(): void
    {
        $fake = Gateway::fake();
        $connection = $fake->connect('c1', User::query()->findOrFail(5), ['room.7']);
        self::assertSame('Ann', $connection->user()?->name);

        (new ChatSocket)->message($connection, new Message('{"text":"hi"}'), '7');
        $fake->assertSentToChannel('room.7', 'said', static fn (mixed $data, SentMessage $message): bool => $message->target->except === ['c1']);
    }

    public function test_queries_answer_for_the_connections_that_were_made(): void
    {
        $fake = Gateway::fake();
        $fake->connect('c1', 5, ['a']);
        $fake->connect('c2', 5, ['a', 'b']);
        $fake->connect('c3');

        self::assertSame(['c1', 'c2'], Gateway::user(5)->connections());
        self::assertSame(['c2'], Gateway::channel('a')->except('c1')->connections());
        self::assertSame(3, Gateway::all()->count());
        self::assertSame(['5'], Gateway::all()->users());
        self::assertSame(['a', 'b'], Gateway::channels());
        self::assertFalse(Gateway::user(6)->online());
        Gateway::user(5)->close();
        self::assertSame(['c3'], Gateway::all()->connections());
    }

    /** @param  Closure(): mixed  $assertion */
    private function fails(Closure $assertion): bool
    {
        try {
            $assertion();

            return false;
        } catch (AssertionFailedError) {
            return true;
        }
    }
}
