<?php

declare(strict_types=1);

namespace Laraman\Tests\Handshake;

use Illuminate\Contracts\Http\Kernel;
use Illuminate\Cookie\CookieValuePrefix;
use Illuminate\Http\Request;
use Illuminate\Session\Store;
use Illuminate\Support\Facades\Auth;
use Illuminate\Support\Facades\Cookie;
use Illuminate\Support\Facades\Crypt;
use Laraman\Connection;
use Laraman\Facades\Gateway;
use Laraman\Gateway\Command;
use Laraman\Gateway\Protobuf;
use Laraman\Tests\App\Models\User;
use Laraman\Tests\App\ProbeController;
use Laraman\Tests\App\Sockets\ProbeSocket;
use Laraman\Tests\TestCase;
use PHPUnit\Framework\Attributes\DataProvider;

final class OpenExchangeTest extends TestCase
{
    public function test_an_accepted_handshake_contains_the_operations_of_open(): void
    {
        $answer = $this->handshake('/open/7');

        self::assertSame(200, $answer['status']);
        self::assertSame(['application/websocket-events'], $answer['headers']['Content-Type']);
        self::assertSame(['grip'], $answer['headers']['Sec-WebSocket-Extensions']);
        self::assertSame(['{"r":"/open/{room?}","p":{"room":"7"}}'], $answer['headers']['Set-Meta-Socket']);
        self::assertArrayNotHasKey('Set-Meta-User', $answer['headers']);
        self::assertArrayNotHasKey('Set-Meta-Session', $answer['headers']);
        self::assertSame(
            "OPEN\r\n"
            ."TEXT 29\r\nc:{\"type\":\"subscribe\",\"channel\":\"room.7\"}\r\n"
            ."TEXT 38\r\nm:{\"event\":\"welcome\",\"data\":{\"room\":\"7\",\"method\":\"GET\"}}\r\n",
            $answer['body'],
        );
    }

    public function test_a_handler_without_open_accepts(): void
    {
        self::assertSame("OPEN\r\n", $this->handshake('/silent')['body']);
    }

    public function test_a_guest_gets_the_redirect_of_auth(): void
    {
        $answer = $this->handshake('/chat/7');

        self::assertSame(302, $answer['status']);
        self::assertSame(['http://chat.test/login'], $answer['headers']['Location'] ?? $answer['headers']['location']);
        self::assertArrayNotHasKey('Set-Meta-Socket', $answer['headers']);
    }

    public function test_a_logged_in_user_is_given_to_the_gateway_with_his_session(): void
    {
        $cookies = $this->logIn('web', 5);
        $answer = $this->handshake('/chat/7', cookies: $cookies);

        self::assertSame(200, $answer['status'], $answer['body']);
        self::assertSame(['5'], $answer['headers']['Set-Meta-User']);
        $meta = json_decode($answer['headers']['Set-Meta-Socket'][0], true);
        self::assertSame(['r' => '/chat/{room}', 'p' => ['room' => '7'], 's' => $this->sessionId($cookies), 'u' => '5'], $meta);
        self::assertSame([hash('sha256', $this->sessionId($cookies))], $answer['headers']['Set-Meta-Login']);
        self::assertEqualsWithDelta(time(), (int) $answer['headers']['Set-Meta-Checked'][0], 2);
        self::assertNotEmpty(array_filter((array) $answer['headers']['Set-Cookie'], static fn (string $cookie): bool => str_starts_with($cookie, 'XSRF-TOKEN=')));
    }

    public function test_the_user_of_another_guard_is_prefixed(): void
    {
        $answer = $this->handshake('/admin/7', cookies: $this->logIn('admin', 6));

        self::assertSame(200, $answer['status']);
        self::assertSame(['admin:6'], $answer['headers']['Set-Meta-User']);
        self::assertSame('admin', json_decode($answer['headers']['Set-Meta-Socket'][0], true)['g']);
    }

    public function test_laravels_session_is_found_again_in_an_event(): void
    {
        $cookies = $this->logIn('web', 5, ['cart' => 'full']);
        $answer = $this->handshake('/chat/7', cookies: $cookies);
        $seen = null;
        ProbeSocket::$probe = static function (Connection $connection) use (&$seen): void {
            $seen = $connection->laravelSession()?->get('cart');
        };
        $meta = json_decode($answer['headers']['Set-Meta-Socket'][0], true);
        $this->event('message', [...$meta, 'r' => '/probe/{what}', 'p' => ['what' => 'x']], user: '5');

        self::assertSame([], $this->exceptions->reported);
        self::assertSame('full', $seen);

        ProbeSocket::$probe = static function (Connection $connection) use (&$seen): void {
            $seen = [$connection->laravelSession(), session('cart')];
        };
        $this->event('message', ['r' => '/probe/{what}', 'p' => ['what' => 'x']]);
        self::assertSame([null, null], $seen, 'The session stayed for the next event.');
    }

    public function test_the_handler_sees_the_get_that_the_client_sent(): void
    {
        $seen = [];
        ProbeSocket::$probe = static function () use (&$seen): void {
            $request = request();
            $seen = [
                $request->method(), $request->query('q'), $request->getContent(), $request->post(),
                $request->headers->has('Connection-Id'), $request->headers->has('Accept'), $request->headers->has('Content-Type'),
                $request->headers->has('Meta-User'), $request->headers->has('Grip-Sig'), $request->header('Origin'),
                $request->server->has('LARAMAN_EVENTS'),
            ];
        };
        $this->handshake('/probe/x?q=1', ['HTTP_META_USER' => '1', 'HTTP_GRIP_SIG' => 'x']);

        self::assertSame(['GET', '1', '', [], false, false, false, false, false, 'http://chat.test', false], $seen);
    }

    public function test_open_can_make_requests_of_its_own(): void
    {
        ProbeSocket::$probe = static function (Connection $connection): void {
            $inner = app(Kernel::class)->handle(Request::create('/nothing/here'));
            $connection->raw((string) $inner->getStatusCode());
        };

        self::assertSame("OPEN\r\nTEXT 5\r\nm:404\r\n", $this->handshake('/probe/x')['body']);
    }

    public function test_open_can_close_at_once(): void
    {
        ProbeSocket::$probe = static function (Connection $connection): void {
            $connection->raw('bye')->close(4000, 'full')->raw('never sent');
        };

        self::assertSame(
            "OPEN\r\nTEXT 5\r\nm:bye\r\nCLOSE 6\r\n\x0f\xa0full\r\n",
            $this->handshake('/probe/x')['body'],
        );
    }

    public function test_open_sets_session_user_and_binary_messages(): void
    {
        ProbeSocket::$probe = static function (Connection $connection): void {
            $connection->setSession('{"lang":"zh"}')->setUser('guest-9')->join('a', 'b')->leave('a')->binary("\x00\xff");
        };
        $answer = $this->handshake('/probe/x');

        self::assertSame(['{"lang":"zh"}'], $answer['headers']['Set-Meta-Session']);
        self::assertSame(['guest-9'], $answer['headers']['Set-Meta-User']);
        self::assertSame(
            "OPEN\r\nTEXT 24\r\nc:{\"type\":\"subscribe\",\"channel\":\"b\"}\r\nBINARY 4\r\nm:\x00\xff\r\n",
            $answer['body'],
        );
    }

    public function test_data_too_large_for_the_answer_is_refused_at_the_call(): void
    {
        ProbeSocket::$probe = static function (Connection $connection): void {
            $connection->setSession(str_repeat('s', 128 << 10))->binary(str_repeat('x', 3 << 20))->join('a');
            $calls = [
                ['131073', '131072', static fn () => $connection->setSession(str_repeat('s', (128 << 10) + 1))],
                ['1048', '4194304', static fn () => $connection->raw(str_repeat('x', 1 << 20))],
                ['1048', '4194304', static fn () => $connection->send('e', str_repeat('x', 1 << 20))],
                ['4194304', '4194304', static fn () => $connection->join(...array_map(static fn (int $n): string => str_repeat('c', 200).$n, range(1, 5000)))],
            ];

            foreach ($calls as [$size, $limit, $call]) {
                try {
                    $call();
                    self::fail('No exception.');
                } catch (\InvalidArgumentException $e) {
                    self::assertStringContainsString($size, $e->getMessage());
                    self::assertStringContainsString($limit, $e->getMessage());
                }
            }

            $connection->close(4005, str_repeat('r', 123));
        };
        $answer = $this->handshake('/probe/x');

        self::assertSame([200, []], [$answer['status'], $this->exceptions->reported], $answer['body']);
        self::assertSame(128 << 10, strlen($answer['headers']['Set-Meta-Session'][0]));
        self::assertLessThanOrEqual(4 << 20, strlen($answer['body']));
        self::assertStringContainsString('CLOSE 7d', $answer['body']);
    }

    public function test_open_acts_on_its_own_connection_by_its_id_too(): void
    {
        $other = str_repeat('b', 28);
        $this->native->replies[Command::CHECK_ONLINE] = Protobuf::bytes(1, $other);
        ProbeSocket::$probe = static function (Connection $connection) use ($other): void {
            $both = Gateway::connection($connection->id, $other);
            $both->join('a');
            $both->raw('hi');
            $both->close(4006, 'kicked');
            self::assertTrue($connection->isClosing());
            app()->terminating(static fn () => Gateway::connection($connection->id)->close(4007));
        };
        $answer = $this->handshake('/probe/x');

        self::assertSame("OPEN\r\nTEXT 24\r\nc:{\"type\":\"subscribe\",\"channel\":\"a\"}\r\nTEXT 4\r\nm:hi\r\nCLOSE 8\r\n\x0f\xa6kicked\r\n", $answer['body']);
        self::assertSame([[$other, 4006], [self::ID, 4007]], array_map(static fn (array $close): array => [$close['connection'], $close['code']], $this->native->closes()));
        self::assertSame([['connection' => $other, 'data' => 'hi']], $this->native->casts());
    }

    public function test_open_closes_the_users_other_connections_and_not_its_own(): void
    {
        ProbeSocket::$probe = static function (): void {
            Gateway::user(7)->close(4003, 'elsewhere');
            app()->terminating(static fn () => Gateway::user(7)->except('c')->close(4003));
        };
        $this->handshake('/probe/x');
        $closes = array_values(array_filter($this->native->commands, static fn (array $command): bool => $command['id'] === Command::FORCE_OFFLINE_BY_CUSTOMER_ID));

        self::assertSame(
            [[['7'], [], [self::ID]], [['7'], ['c'], []]],
            array_map(static fn (array $close): array => [Protobuf::strings($close['message'], 1), Protobuf::strings($close['message'], 104), Protobuf::strings($close['message'], 105)], $closes),
        );
    }

    public function test_open_can_take_the_user_away(): void
    {
        ProbeSocket::$probe = static function (Connection $connection): void {
            self::assertSame('Ann', $connection->user()?->name);
            $connection->setUser(null);
        };
        $answer = $this->handshake('/probe/x', cookies: $this->logIn('web', 5));

        self::assertSame(200, $answer['status']);
        self::assertArrayNotHasKey('Set-Meta-User', $answer['headers']);
    }

    public function test_non_ascii_travels(): void
    {
        $answer = $this->handshake('/open/%E8%8C%B6%20%22x%22');

        self::assertMatchesRegularExpression('/^[\x20-\x7e]+$/', $answer['headers']['Set-Meta-Socket'][0]);
        self::assertSame('茶 "x"', json_decode($answer['headers']['Set-Meta-Socket'][0], true)['p']['room']);
        self::assertStringContainsString('{"type":"subscribe","channel":"room.\u8336 \"x\""}', $answer['body']);
    }

    public function test_a_session_that_a_header_cannot_carry_is_an_error(): void
    {
        ProbeSocket::$probe = static fn (Connection $connection) => $connection->setSession("a\nSet-Cookie: b") && false;
        $answer = $this->handshake('/probe/x');

        self::assertSame(500, $answer['status']);
        self::assertStringContainsString('control characters', $this->exceptions->reported[0]->getMessage());
    }

    /** @return array<string, array{\Closure(): mixed, int}> */
    public static function refusals(): array
    {
        return [
            'abort' => [static fn () => abort(403), 403],
            'a response' => [static fn () => response('no room', 409), 409],
            'a response with 200' => [static fn () => response('hello'), 200],
            'a redirect' => [static fn () => redirect('/login'), 302],
            'an exception' => [static fn () => throw new \RuntimeException('x'), 500],
        ];
    }

    /** @param  \Closure(): mixed  $probe */
    #[DataProvider('refusals')]
    public function test_a_response_or_exception_of_open_refuses_the_handshake(\Closure $probe, int $status): void
    {
        ProbeSocket::$probe = $probe;
        $answer = $this->handshake('/probe/x');

        self::assertSame($status, $answer['status']);
        self::assertNotSame(['application/websocket-events'], $answer['headers']['Content-Type'] ?? null);
        self::assertArrayNotHasKey('Set-Meta-Socket', $answer['headers']);
    }

    public function test_an_unknown_path_is_404(): void
    {
        self::assertSame(404, $this->handshake('/nothing/here')['status']);
    }

    public function test_a_page_that_is_no_socket_route_does_not_accept(): void
    {
        ProbeController::$probe = static fn () => 'page';
        $answer = $this->handshake('/probe');

        self::assertSame(200, $answer['status']);
        self::assertSame('page', $answer['body']);
    }

    public function test_a_bound_model_is_missing(): void
    {
        self::assertStringContainsString('"Blue"', $this->handshake('/rooms/7')['body']);
        self::assertSame(404, $this->handshake('/rooms/8')['status']);
    }

    public function test_a_plain_get_gets_426(): void
    {
        $answer = $this->request('GET', '/open/7');

        self::assertSame(426, $answer['status']);
        self::assertSame(['websocket'], $answer['headers']['Upgrade']);
    }

    public function test_headers_of_a_client_cannot_forge_a_handshake(): void
    {
        $answer = $this->request('GET', '/open/7', [
            'HTTP_LARAMAN_EVENTS' => '1',
            'HTTP_CONNECTION_ID' => self::ID,
            'HTTP_ACCEPT' => 'application/websocket-events',
            'CONTENT_TYPE' => 'application/websocket-events',
        ]);

        self::assertSame(426, $answer['status']);
    }

    public function test_queued_cookies_go_with_the_answer(): void
    {
        ProbeSocket::$probe = static fn () => Cookie::queue('seen', 'yes');
        $answer = $this->handshake('/probe/x');

        self::assertSame(200, $answer['status']);
        self::assertCount(1, array_filter($answer['headers']['Set-Cookie'], static fn (string $cookie): bool => str_starts_with($cookie, 'seen=')));
    }

    /**
     * A session in which a user is logged in; returns the cookies of its browser.
     *
     * @param  array<string, mixed>  $data
     * @return array<string, string>
     */
    private function logIn(string $guard, int $user, array $data = []): array
    {
        ProbeController::$probe = static function () use ($guard, $user, $data): string {
            Auth::guard($guard)->login(User::query()->findOrFail($user));
            session($data);

            return 'in';
        };
        $answer = $this->request('GET', '/probe');
        $cookies = [];

        foreach ((array) ($answer['headers']['Set-Cookie'] ?? []) as $cookie) {
            [$name, $value] = explode('=', explode(';', $cookie)[0], 2);
            $cookies[$name] = rawurldecode($value);
        }

        return $cookies;
    }

    /** @param  array<string, string>  $cookies */
    private function sessionId(array $cookies): string
    {
        $store = $this->app->make('session.store');
        self::assertInstanceOf(Store::class, $store);

        return CookieValuePrefix::remove((string) Crypt::decrypt($cookies[$store->getName()], false));
    }
}
