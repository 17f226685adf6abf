<?php

declare(strict_types=1);

namespace Laraman\Tests\Gateway;

use Closure;
use Illuminate\Foundation\Application;
use InvalidArgumentException;
use Laraman\Connection;
use Laraman\Contracts\GatewayClient;
use Laraman\Facades\Gateway;
use Laraman\Facades\Laraman;
use Laraman\Facades\NetBus;
use Laraman\Facades\Socket;
use Laraman\NetBus\ConnInfoUpdate;
use Laraman\NetBus\LimitReq;
use Laraman\Tests\App\Sockets\ProbeSocket;
use Laraman\Tests\TestCase;
use PHPUnit\Framework\Attributes\DataProvider;

/** Invalid arguments are refused at the call, with an exception that names the argument, and nothing is sent. */
final class ArgumentsTest extends TestCase
{
    protected function configure(Application $app): void
    {
        $app->booting(static fn () => config()->set('laraman.gateways', ['handler' => self::class, ['task' => '127.0.0.1:6062']]));
    }

    /** @return iterable<string, array{string, Closure(): mixed}> */
    public static function calls(): iterable
    {
        $long = str_repeat('x', 256);

        foreach ([0, -1, 999, 1004, 1005, 1006, 1010, 1015, 1016, 2999, 5000, 65536 + 1000] as $code) {
            yield "Connection::close($code)" => ['code', static fn () => self::connection()->close($code)];
            yield "Audience::close($code)" => ['code', static fn () => Gateway::all()->close($code)];
        }

        foreach (['an empty one' => '', 'a long one' => $long, 'bytes' => "\xff", 'control characters' => "a\nb", 'an outer space' => ' a'] as $how => $name) {
            yield "Gateway::channel(), $how" => ['channels', static fn () => Gateway::channel('a', $name)];
            yield "Gateway::user(), $how" => ['user', static fn () => Gateway::user([5, $name])];
            yield "Gateway::user(), a guard, $how" => ['guard', static fn () => Gateway::user(5, $name)];
            yield "Audience::join(), $how" => ['channels', static fn () => Gateway::all()->join($name)];
            yield "Audience::leave(), $how" => ['channels', static fn () => Gateway::all()->leave($name)];
            yield "Audience::send(), $how" => ['event', static fn () => Gateway::all()->send($name)];
            yield "Connection::join(), $how" => ['channels', static fn () => self::connection()->join('a', $name)];
            yield "Connection::leave(), $how" => ['channels', static fn () => self::connection()->leave($name)];
            yield "Connection::send(), $how" => ['event', static fn () => self::connection()->send($name)];
            yield "Connection::setUser(), $how" => ['user', static fn () => self::connection()->setUser($name)];
            yield "FakeGateway::connect(), channels, $how" => ['channels', static fn () => Gateway::fake()->connect(channels: [$name])];
            yield "FakeGateway::connect(), user, $how" => ['user', static fn () => Gateway::fake()->connect(user: $name)];
            yield "a fake's channel, $how" => ['channels', static fn () => Gateway::fake()->channel($name)];
        }

        yield 'Connection::close(), a long reason' => ['reason', static fn () => self::connection()->close(1000, str_repeat('x', 124))];
        yield 'Connection::close(), a reason of bytes' => ['reason', static fn () => self::connection()->close(1000, "\xff")];
        yield 'Audience::close(), a long reason' => ['reason', static fn () => Gateway::all()->close(1000, str_repeat('茶', 42))];
        yield 'a fake connection\'s close' => ['code', static fn () => Gateway::fake()->connect()->close(1005)];
        yield 'Connection::raw()' => ['text', static fn () => self::connection()->raw("\xc3\x28")];
        yield 'Audience::raw()' => ['text', static fn () => Gateway::all()->raw("\xc3\x28")];
        yield 'Connection::send(), data' => ['data', static fn () => self::connection()->send('e', "\xff")];
        yield 'Audience::send(), data' => ['data', static fn () => Gateway::all()->send('e', ['a' => NAN])];
        yield 'Connection::setSession()' => ['session', static fn () => self::connection()->setSession("\xff")];
        yield 'Gateway::connection()' => ['connections', static fn () => Gateway::connection("\xff")];
        yield 'Audience::except()' => ['connections', static fn () => Gateway::all()->except("\xff")];
        yield 'Gateway::user(), something else' => ['user', static fn () => Gateway::user([null])];
        yield 'messageMiddleware()' => ['middleware', static fn () => Socket::route('/x', ProbeSocket::class)->messageMiddleware([static fn () => null])];
        yield 'Laraman::every()' => ['seconds', static fn () => Laraman::every(0.0, static fn () => null)];
        yield 'Laraman::inOneWorker()' => ['name', static fn () => Laraman::inOneWorker($long, static fn () => null)];
        yield 'NetBus, ids' => ['uniqIds', static fn () => NetBus::multicast(["\xff"], 'x')];
        yield 'NetBus, an id' => ['uniqId', static fn () => NetBus::singleCast("\xff", 'x')];
        yield 'NetBus, customers' => ['customerIds', static fn () => NetBus::multicastByCustomerId([null], 'x')];
        yield 'NetBus, a customer' => ['customerId', static fn () => NetBus::singleCastByCustomerId("\xff", 'x')];
        yield 'NetBus, topics' => ['topics', static fn () => NetBus::topicPublish(["\xff"], 'x')];
        yield 'NetBus, a bulk that does not match' => ['params', static fn () => NetBus::singleCastBulk(['uniqIds' => ['a', 'b'], 'data' => ['x', 'y', 'z']])];
        yield 'NetBus, data that is none' => ['params', static fn () => NetBus::topicPublishBulk(['a' => ['b']])];
        yield 'NetBus, a delay' => ['delay', static fn () => NetBus::forceOfflineGuest('a', delay: -1)];
        yield 'NetBus, a limit' => ['opens', static fn () => (new LimitReq)->setOnOpen(-1)];
        yield 'NetBus, a session' => ['session', static fn () => (new ConnInfoUpdate)->setNewSession("\xff")];
    }

    /** @param  Closure(): mixed  $call */
    #[DataProvider('calls')]
    public function test_an_argument_that_cannot_be_is_named(string $argument, Closure $call): void
    {
        try {
            $call();
            self::fail('No exception.');
        } catch (InvalidArgumentException $e) {
            self::assertStringContainsString("\$$argument ", $e->getMessage());
        }

        self::assertSame([], [...$this->native->commands, ...$this->native->queries, ...$this->native->toGateways]);
    }

    public function test_valid_arguments_pass(): void
    {
        foreach ([1000, 1001, 1003, 1007, 1009, 1011, 1014, 3000, 4999] as $code) {
            self::connection()->close($code, str_repeat('x', 123));
        }

        self::connection()->join(str_repeat('x', 255), '茶 room')->setSession("a\nb")->raw("a\nb")->binary("\xff");
        Gateway::connection('')->except('')->raw('nobody');

        self::assertCount(13, $this->native->commands);
    }

    public function test_a_close_that_was_refused_leaves_the_connection_open(): void
    {
        $connection = self::connection();

        try {
            $connection->close(1005);
        } catch (InvalidArgumentException) {
        }

        self::assertFalse($connection->isClosing());
    }

    private static function connection(): Connection
    {
        return new Connection(self::ID, app(GatewayClient::class));
    }
}
