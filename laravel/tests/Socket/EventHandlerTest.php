<?php

declare(strict_types=1);

namespace Laraman\Tests\Socket;

use Illuminate\Support\Facades\Auth;
use Illuminate\Support\Facades\DB;
use Illuminate\Support\Facades\Gate;
use Laraman\Connection;
use Laraman\Facades\Gateway as Sockets;
use Laraman\Gateway\Command;
use Laraman\Gateway\Protobuf;
use Laraman\Message;
use Laraman\Socket\EventHandler;
use Laraman\Tests\App\CountMessages;
use Laraman\Tests\App\Models\User;
use Laraman\Tests\App\Sockets\ProbeSocket;
use Laraman\Tests\TestCase;
use RuntimeException;

final class EventHandlerTest extends TestCase
{
    private const CHAT = ['r' => '/chat/{room}', 'p' => ['room' => '7']];

    private const PROBE = ['r' => '/probe/{what}', 'p' => ['what' => 'x']];

    public function test_a_message_reaches_the_handler_of_its_route(): void
    {
        $this->event('message', self::CHAT, '{"text":"hello"}', '5', more: ['Checked' => (string) time()]);

        self::assertSame([], $this->exceptions->reported);
        self::assertCount(1, $this->native->commands);
        ['id' => $id, 'message' => $message] = $this->native->commands[0];
        self::assertSame(Command::TOPIC_PUBLISH, $id);
        self::assertSame(['room.7'], Protobuf::strings($message, 1));
        self::assertSame(['{"text":"hello"}'], Protobuf::strings($message, 2));
        self::assertSame(['said'], Protobuf::strings($message, 110));
        self::assertSame([self::ID], Protobuf::strings($message, 101));
    }

    public function test_a_close_reaches_the_handler_with_the_user(): void
    {
        $this->event('close', self::CHAT, user: '5');

        self::assertSame(Command::BROADCAST, $this->native->commands[0]['id']);
        self::assertSame(['{"id":"'.self::ID.'","user":"5"}'], Protobuf::strings($this->native->commands[0]['message'], 1));
        self::assertSame(['left'], Protobuf::strings($this->native->commands[0]['message'], 110));
    }

    public function test_an_invalid_message_gets_an_error_event_and_no_close(): void
    {
        $this->event('message', self::CHAT, '{"text":"much too long for this"}');
        $this->event('message', self::CHAT, 'no json');

        self::assertSame([], $this->exceptions->reported);
        self::assertSame([], $this->native->closes());
        [$first, $second] = $this->native->casts();
        self::assertSame(self::ID, $first['connection']);
        $error = json_decode($first['data'], true);
        self::assertSame('error', $error['event']);
        self::assertArrayHasKey('text', $error['data']['errors']);
        self::assertSame(['message'], array_keys(json_decode($second['data'], true)['data']['errors']));
    }

    public function test_models_are_bound_and_dependencies_injected(): void
    {
        $this->event('message', ['r' => '/rooms/{room}', 'p' => ['room' => '7']], 'hi');

        self::assertSame([], $this->exceptions->reported);
        self::assertSame('{"event":"in","data":["Blue","hi","Laravel"]}', $this->native->casts()[0]['data']);
    }

    public function test_a_deleted_model_closes_the_connection(): void
    {
        $this->event('message', ['r' => '/rooms/{room}', 'p' => ['room' => '8']], 'hi');

        self::assertSame([['connection' => self::ID, 'code' => 1011, 'reason' => '']], $this->native->closes());
    }

    public function test_parameters_are_converted_to_the_declared_types(): void
    {
        self::assertStringContainsString('[7,"spades"]', $this->handshake('/typed/7/spades')['body']);
        self::assertSame(404, $this->handshake('/typed/7/coins')['status']);
        $this->exceptions->reported = [];

        $meta = ['r' => '/typed/{number}/{suit}', 'p' => ['number' => '7', 'suit' => 'spades']];
        $this->event('message', $meta);
        $this->event('close', $meta);

        self::assertSame([], $this->exceptions->reported);
        self::assertSame(
            ['{"event":"message","data":[7,"spades"]}', '{"event":"close","data":7}'],
            array_column($this->native->casts(), 'data'),
        );
    }

    public function test_an_optional_parameter_may_be_missing(): void
    {
        $this->event('message', ['r' => '/open/{room?}'], '{"text":"hello"}');

        self::assertSame(['room.lobby'], Protobuf::strings($this->native->commands[0]['message'], 1));
    }

    public function test_while_debugging_the_close_frame_says_why(): void
    {
        config(['app.debug' => true]);
        ProbeSocket::$probe = static fn () => throw new RuntimeException(str_repeat('ü', 200));
        $this->event('message', self::PROBE);

        [$close] = $this->native->closes();
        self::assertSame(1011, $close['code']);
        self::assertStringStartsWith('RuntimeException: üü', $close['reason']);
        self::assertLessThanOrEqual(123, strlen($close['reason']));
        self::assertTrue(mb_check_encoding($close['reason'], 'UTF-8'));
    }

    public function test_an_exception_is_reported_and_closes_with_1011(): void
    {
        ProbeSocket::$probe = static fn () => throw new RuntimeException('broken');
        $this->event('message', self::PROBE);

        self::assertSame('broken', $this->exceptions->reported[0]->getMessage());
        self::assertSame([['connection' => self::ID, 'code' => 1011, 'reason' => '']], $this->native->closes());
    }

    public function test_an_exception_after_the_handler_closed_leaves_its_close(): void
    {
        ProbeSocket::$probe = static function (Connection $connection): void {
            $connection->close(4001, 'enough');

            throw new RuntimeException('broken');
        };
        $this->event('message', self::PROBE);

        self::assertCount(1, $this->exceptions->reported);
        self::assertSame([['connection' => self::ID, 'code' => 4001, 'reason' => 'enough']], $this->native->closes());
    }

    public function test_an_exception_in_close_is_reported_only(): void
    {
        ProbeSocket::$probe = static fn () => throw new RuntimeException('broken');
        $this->event('close', self::PROBE);

        self::assertCount(1, $this->exceptions->reported);
        self::assertSame([], $this->native->commands);
    }

    public function test_a_handler_without_the_method_is_skipped(): void
    {
        $this->event('message', ['r' => '/silent'], 'x');
        $this->event('close', ['r' => '/silent']);

        self::assertSame([], $this->native->commands);
        self::assertSame([], $this->exceptions->reported);
    }

    public function test_a_connection_without_a_route_is_closed(): void
    {
        $this->event('message', ['r' => '/was/here'], 'x');
        $this->event('message', null, 'x');
        $this->event('close', ['r' => '/was/here']);

        self::assertSame([1011, 1011], array_column($this->native->closes(), 'code'));
    }

    public function test_the_user_is_loaded_only_when_asked_for(): void
    {
        $queries = 0;
        DB::listen(static function () use (&$queries): void {
            $queries++;
        });
        ProbeSocket::$probe = static function (Connection $connection, string $what, ?Message $message) use (&$queries): void {
            self::assertSame('5', $connection->userId());
            self::assertSame(0, $queries);
            self::assertInstanceOf(User::class, $connection->user());
            self::assertSame('Ann', $connection->user()->name);
            self::assertSame($connection->user(), Auth::user());
            self::assertSame($connection->user(), request()->user());
            self::assertSame(1, $queries);
        };
        $this->event('message', self::PROBE, user: '5');

        self::assertSame([], $this->exceptions->reported);
        self::assertSame(1, $queries);
    }

    public function test_the_request_is_a_get_of_the_connections_path(): void
    {
        $this->app->make('request')->getPathInfo();  // as a provider may do while booting
        $seen = [];
        ProbeSocket::$probe = static function () use (&$seen): void {
            $seen[] = [request()->method(), request()->path(), request()->all()];
            request()->merge(['leak' => 1]);
        };
        $this->event('message', self::PROBE);
        $this->event('message', self::PROBE);

        self::assertSame([['GET', 'somewhere', []], ['GET', 'somewhere', []]], $seen);
    }

    public function test_a_guest_has_no_user(): void
    {
        ProbeSocket::$probe = static function (Connection $connection): void {
            self::assertNull($connection->userId());
            self::assertNull($connection->user());
            self::assertFalse(Auth::check());
        };
        $this->event('message', self::PROBE);

        self::assertSame([], $this->exceptions->reported);
    }

    public function test_the_user_of_another_guard_is_found_by_that(): void
    {
        ProbeSocket::$probe = static function (Connection $connection): void {
            self::assertSame('admin:6', $connection->userId());
            self::assertSame('admin', Auth::getDefaultDriver());
            self::assertSame(6, $connection->user()?->getAuthIdentifier());
            self::assertNull(Auth::guard('web')->user());
            Sockets::user(8, 'web')->raw('x');
            Sockets::user(8, 'admin')->raw('x');
            Auth::shouldUse('web');
            self::assertSame(6, $connection->user()?->getAuthIdentifier());
        };
        $this->event('message', [...self::PROBE, 'g' => 'admin'], user: 'admin:6');

        self::assertSame(['8'], Protobuf::strings($this->native->commands[0]['message'], 1));
        self::assertSame(['admin:8'], Protobuf::strings($this->native->commands[1]['message'], 1));

        self::assertSame([], $this->exceptions->reported);
        self::assertSame('web', config('auth.defaults.guard'));
    }

    public function test_a_user_of_another_guard_that_a_handler_set_is_found_by_that(): void
    {
        ProbeSocket::$probe = static function (): void {
            self::assertSame('admin', Auth::getDefaultDriver());
            self::assertSame(6, Auth::id());
        };
        $this->event('message', self::PROBE, user: 'admin:6');

        self::assertSame([], $this->exceptions->reported);
    }

    public function test_an_event_has_nothing_of_the_guards_before(): void
    {
        Auth::guard('web')->setUser(User::query()->findOrFail(6));
        ProbeSocket::$probe = static fn () => self::assertSame(5, Auth::id());
        $this->app->make(EventHandler::class)->handle($this->eventJob('message', self::PROBE, user: '5'));

        self::assertSame([], $this->exceptions->reported);
    }

    public function test_gates_know_the_user(): void
    {
        Gate::define('speak', static fn (User $user): bool => $user->name === 'Ann');
        $seen = [];
        ProbeSocket::$probe = static function () use (&$seen): void {
            $seen[] = Gate::allows('speak');
        };
        $this->event('message', self::PROBE, user: '5');
        $this->event('message', self::PROBE, user: '6');
        $this->event('message', self::PROBE);

        self::assertSame([true, false, false], $seen);
    }

    public function test_message_middleware_runs_for_each_message_and_only_where_named(): void
    {
        $calls = 0;
        ProbeSocket::$probe = static function () use (&$calls): void {
            $calls++;
        };
        $this->event('message', ['r' => '/guarded/{what}', 'p' => ['what' => 'x']], user: '5');
        $this->event('message', ['r' => '/guarded/{what}', 'p' => ['what' => 'x']], user: '5');
        $this->event('close', ['r' => '/guarded/{what}', 'p' => ['what' => 'x']], user: '5');
        $this->event('message', self::PROBE, user: '5');

        self::assertSame([], $this->exceptions->reported);
        self::assertSame(2, CountMessages::$counted);
        self::assertSame(4, $calls);
    }

    public function test_message_middleware_can_refuse(): void
    {
        ProbeSocket::$probe = static fn () => self::fail('The handler ran.');
        $this->event('message', ['r' => '/guarded/{what}', 'p' => ['what' => 'x']]);

        self::assertSame([], $this->native->closes());
        self::assertSame(['{"event":"error","data":{"status":401,"message":"Unauthenticated."}}'], array_column($this->native->casts(), 'data'));
    }

    public function test_commands_on_the_own_connection(): void
    {
        ProbeSocket::$probe = static function (Connection $connection): void {
            self::assertSame(['a', 'b'], $connection->channels());
            self::assertSame('old', $connection->session());
            $connection->join('c')->leave('a')->setSession('new')->setUser(6)->binary("\x00\x01");
            self::assertSame(['b', 'c'], $connection->channels());
            self::assertSame('new', $connection->session());
            self::assertSame('6', $connection->userId());
        };
        $this->event('message', self::PROBE, '', '5', ['a', 'b'], 'old');

        self::assertSame([], $this->exceptions->reported);
        self::assertSame([
            Command::TOPIC_SUBSCRIBE, Command::TOPIC_UNSUBSCRIBE, Command::CONN_INFO_UPDATE, Command::CONN_INFO_UPDATE,
            Command::SINGLE_CAST,
        ], array_column($this->native->commands, 'id'));
        self::assertSame(2, Protobuf::number($this->native->commands[4]['message'], 100));
    }

    public function test_a_binary_message_says_so(): void
    {
        $seen = null;
        ProbeSocket::$probe = static function (Connection $connection, string $what, ?Message $message) use (&$seen): void {
            $seen = [$message?->bytes(), $message?->isBinary(), $what];
        };
        $this->event('message', self::PROBE, "\xff\x00", binary: true);

        self::assertSame(["\xff\x00", true, 'x'], $seen);
    }
}
