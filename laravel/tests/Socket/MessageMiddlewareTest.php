<?php

declare(strict_types=1);

namespace Laraman\Tests\Socket;

use Closure;
use Illuminate\Cache\RateLimiting\Limit;
use Illuminate\Http\Request;
use Illuminate\Http\Response;
use Illuminate\Routing\Exceptions\InvalidSignatureException;
use Illuminate\Support\Facades\Gate;
use Illuminate\Support\Facades\RateLimiter;
use Illuminate\Support\Facades\Schema;
use Illuminate\Support\Facades\URL;
use Laraman\Connection;
use Laraman\Facades\Socket;
use Laraman\Message;
use Laraman\Tests\App\Models\Room;
use Laraman\Tests\App\Models\User;
use Laraman\Tests\App\Models\VerifiedUser;
use Laraman\Tests\App\ProbeController;
use Laraman\Tests\App\ProbeMiddleware;
use Laraman\Tests\App\Sockets\ProbeSocket;
use Laraman\Tests\App\Sockets\RoomSocket;
use Laraman\Tests\App\Sockets\TalkSocket;
use Laraman\Tests\TestCase;
use LogicException;
use PHPUnit\Framework\Attributes\DataProvider;
use RuntimeException;
use Symfony\Component\HttpFoundation\Response as SymfonyResponse;

/** Laravel's own middleware, and an application's, around message(). */
final class MessageMiddlewareTest extends TestCase
{
    private int $handled = 0;

    protected function setUp(): void
    {
        parent::setUp();

        config(['cache.limiter' => 'file']);  // the array store lasts only for one job
        $this->app->make('cache')->store('file')->flush();
        ProbeSocket::$probe = function (Connection $connection, string $what, ?Message $message): void {
            $message === null ?: $this->handled++;
        };
    }

    public function test_throttle_by_number_refuses_excess_messages_and_keeps_the_socket(): void
    {
        Socket::route('/t/{what}', ProbeSocket::class)->messageMiddleware('throttle:2,1');
        $meta = $this->opened('/t/x');

        foreach ([1, 2, 3] as $n) {
            $this->event('message', $meta, user: '5');
        }

        self::assertSame(2, $this->handled);
        $this->assertRefused(429, 'Too Many Attempts.');
    }

    public function test_guests_are_throttled_by_their_addresses(): void
    {
        Socket::route('/t/{what}', ProbeSocket::class)->messageMiddleware('throttle:1,1');
        $one = $this->opened('/t/x', ['REMOTE_ADDR' => '192.0.2.7']);
        $other = $this->opened('/t/x', ['REMOTE_ADDR' => '192.0.2.8']);

        foreach ([$one, $one, $other] as $meta) {
            $this->event('message', $meta);
        }

        self::assertSame(2, $this->handled);
        $this->assertRefused(429);
    }

    public function test_throttle_by_a_named_limiter(): void
    {
        RateLimiter::for('messages', static fn (Request $request) => Limit::perMinute(1)
            ->by($request->user()?->getAuthIdentifier() ?? $request->ip())
            ->response(static fn () => response()->json(['message' => 'Slow down.'], 429)));
        Socket::route('/t/{what}', ProbeSocket::class)->messageMiddleware('throttle:messages');
        $meta = $this->opened('/t/x');

        foreach (['5', '6', '', '5'] as $user) {
            $this->event('message', $meta, user: $user);
        }

        self::assertSame(3, $this->handled);
        $this->assertRefused(429, 'Slow down.');
    }

    public function test_verified(): void
    {
        Schema::table('users', static fn ($table) => $table->timestamp('email_verified_at')->nullable());
        VerifiedUser::query()->findOrFail(5)->forceFill(['email_verified_at' => now()])->save();
        config(['auth.providers.users.model' => VerifiedUser::class]);
        Socket::route('/t/{what}', ProbeSocket::class)->messageMiddleware('verified');
        $meta = $this->opened('/t/x');
        $this->event('message', $meta, user: '5');
        $this->event('message', $meta, user: '6');

        self::assertSame(1, $this->handled);
        $this->assertRefused(403, 'Your email address is not verified.');
    }

    public function test_can_with_a_bound_model_that_only_message_takes_or_only_open(): void
    {
        Gate::define('speak', static fn (User $user, Room $room): bool => $user->name === 'Ann' && $room->name === 'Blue');
        Socket::route('/talk/{room}', TalkSocket::class)->messageMiddleware('can:speak,room');
        Socket::route('/in/{room}', RoomSocket::class)->messageMiddleware('can:speak,room');

        foreach (['/talk/7', '/in/7'] as $n => $uri) {
            $meta = $this->opened($uri);
            $this->event('message', $meta, 'hi', user: '5');
            $this->event('message', $meta, 'hi', user: '6');
        }

        $events = array_map(static fn (array $cast): array => json_decode($cast['data'], true), $this->native->casts());
        self::assertSame(['talk', 'error', 'in', 'error'], array_column($events, 'event'));
        // message(string $room) gets the text from the URL, whatever open() has bound.
        self::assertSame('7', $events[0]['data']);
        self::assertSame('Blue', $events[2]['data'][0]);
        self::assertSame(['status' => 403, 'message' => 'This action is unauthorized.'], $events[1]['data']);
        self::assertSame([], $this->native->closes());
    }

    public function test_missing_bindings_are_refused_with_404_or_the_routes_own_response(): void
    {
        Socket::route('/in/{room}', RoomSocket::class)->messageMiddleware('count.messages');
        Socket::route('/other/{room}', RoomSocket::class)->messageMiddleware('count.messages')->missing(static fn () => response('No such room.', 410));
        $gone = [$this->opened('/in/7'), $this->opened('/other/7')];
        $this->app->make('db')->setApplication($this->app);
        Room::query()->delete();

        foreach ($gone as $meta) {
            $this->event('message', $meta, 'hi');
        }

        $errors = array_map(static fn (array $cast): array => json_decode($cast['data'], true)['data'], $this->native->casts());
        self::assertSame([404, 410], array_column($errors, 'status'));
        self::assertSame('No such room.', $errors[1]['message']);
        self::assertSame([], $this->native->closes());
    }

    public function test_signed(): void
    {
        Socket::route('/t/{what}', ProbeSocket::class)->middleware('signed')->messageMiddleware('signed')->name('signed');
        Socket::route('/unsigned/{what}', ProbeSocket::class)->messageMiddleware('signed');
        $this->app->make('router')->getRoutes()->refreshNameLookups();
        $url = $this->signed();
        $meta = $this->opened($url);
        $this->message($meta, '/t/x');
        self::assertSame(1, $this->handled);

        $this->travelTo(120, fn () => $this->message($meta, '/t/x'));
        $this->message($this->opened('/unsigned/x'), '/unsigned/x');

        self::assertSame(1, $this->handled);
        self::assertSame([403, 403], array_map(static fn (array $cast): mixed => json_decode($cast['data'], true)['data']['status'], $this->native->casts()));
        self::assertInstanceOf(InvalidSignatureException::class, $this->exceptions->reported[0]);
    }

    public function test_auth_by_guards(): void
    {
        Socket::route('/t/{what}', ProbeSocket::class)->messageMiddleware('auth');
        Socket::route('/a/{what}', ProbeSocket::class)->messageMiddleware('auth:admin');
        $this->event('message', ['r' => '/t/{what}', 'p' => ['what' => 'x']], user: '5');
        $this->event('message', ['r' => '/a/{what}', 'p' => ['what' => 'x']], user: 'admin:6');
        self::assertSame(2, $this->handled);

        $this->event('message', ['r' => '/t/{what}', 'p' => ['what' => 'x']]);
        $this->event('message', ['r' => '/t/{what}', 'p' => ['what' => 'x']], user: '99');
        $this->event('message', ['r' => '/a/{what}', 'p' => ['what' => 'x']], user: '6');

        self::assertSame(2, $this->handled);
        self::assertSame([401, 401, 401], array_map(static fn (array $cast): mixed => json_decode($cast['data'], true)['data']['status'], $this->native->casts()));
    }

    public function test_auth_basic_by_the_user_of_the_handshake(): void
    {
        Socket::route('/t/{what}', ProbeSocket::class)->messageMiddleware('auth.basic');
        Socket::route('/a/{what}', ProbeSocket::class)->messageMiddleware('auth.basic:admin,name');
        $this->event('message', ['r' => '/t/{what}', 'p' => ['what' => 'x']], user: '5');
        $this->event('message', ['r' => '/a/{what}', 'p' => ['what' => 'x']], user: 'admin:6');
        self::assertSame(2, $this->handled);

        $this->event('message', ['r' => '/t/{what}', 'p' => ['what' => 'x']]);
        $this->event('message', ['r' => '/a/{what}', 'p' => ['what' => 'x']], user: '5');

        self::assertSame([2, []], [$this->handled, $this->native->closes()]);
        self::assertSame([401, 401], array_map(static fn (array $cast): mixed => json_decode($cast['data'], true)['data']['status'], $this->native->casts()));
    }

    public function test_password_confirm_by_the_session_of_the_handshake(): void
    {
        Socket::route('/t/{what}', ProbeSocket::class)->middleware('web')->messageMiddleware('password.confirm');
        $this->event('message', $this->opened('/t/x', cookies: $this->browser(['auth.password_confirmed_at' => time()])), user: '5');
        self::assertSame(1, $this->handled);

        $this->event('message', $this->opened('/t/x', cookies: $this->browser([])), user: '5');

        self::assertSame(1, $this->handled);
        $this->assertRefused(423, 'Password confirmation required.');
    }

    public function test_the_web_group_begins_no_session(): void
    {
        Socket::route('/t/{what}', ProbeSocket::class)->middleware('web')->messageMiddleware('web');
        ProbeSocket::$probe = function (Connection $connection, string $what, ?Message $message): void {
            if ($message !== null) {
                self::assertSame('full', request()->session()->get('cart'));
                $this->handled++;
            }
        };
        $meta = $this->opened('/t/x', cookies: $this->browser(['cart' => 'full']));
        $sessions = static fn (): int => count((array) glob(storage_path('framework/sessions/*')));
        $before = $sessions();
        $this->event('message', $meta);

        self::assertSame([], $this->exceptions->reported);
        self::assertSame([1, $before], [$this->handled, $sessions()]);
    }

    public function test_the_request_has_route_parameters_name_and_user(): void
    {
        $seen = null;
        ProbeMiddleware::$probe = static function (Request $request, Closure $next) use (&$seen): mixed {
            $seen = [
                $request->route()?->getName(), $request->route('room')->name, $request->route()->originalParameter('room'), $request->routeIs('in'),
                $request->user()?->name, $request->ip(), $request->fullUrl(), $request->query('lang'), $request->expectsJson(), $request->hasSession(),
            ];

            return $next($request);
        };
        Socket::route('/in/{room}', RoomSocket::class)->name('in')->messageMiddleware(ProbeMiddleware::class);
        $this->message($this->opened('/in/7?lang=zh', ['HTTPS' => 'on', 'SERVER_PORT' => '443']), '/in/7', '5');

        self::assertSame([], $this->exceptions->reported);
        self::assertSame(['in', 'Blue', '7', true, 'Ann', '192.0.2.1', 'https://chat.test/in/7?lang=zh', 'zh', true, false], $seen);
    }

    public function test_a_middleware_reads_and_changes_the_response(): void
    {
        $seen = null;
        ProbeMiddleware::$probe = static function (Request $request, Closure $next) use (&$seen): mixed {
            $response = $next($request);
            $seen = [$response::class, $response->getStatusCode()];

            return $response->header('X-Seen', 'yes')->setContent('changed');
        };
        Socket::route('/t/{what}', ProbeSocket::class)->messageMiddleware([ProbeMiddleware::class, 'throttle:9,1']);
        $this->event('message', $this->opened('/t/x'));

        self::assertSame([[Response::class, 200], 1], [$seen, $this->handled]);
        self::assertSame([], $this->native->commands);
    }

    public function test_a_middleware_sees_the_answer_to_the_handlers_exception(): void
    {
        $seen = null;
        ProbeMiddleware::$probe = static function (Request $request, Closure $next) use (&$seen): mixed {
            return tap($next($request), static function (SymfonyResponse $response) use (&$seen): void {
                $seen = $response->getStatusCode();
            });
        };
        Socket::route('/t/{what}', ProbeSocket::class)->messageMiddleware(ProbeMiddleware::class);
        $meta = $this->opened('/t/x');
        ProbeSocket::$probe = static fn () => throw new RuntimeException('broken');
        $this->event('message', $meta);

        self::assertSame(500, $seen);
        self::assertSame(['broken'], array_map(static fn ($e): string => $e->getMessage(), $this->exceptions->reported));
        self::assertSame([1011], array_column($this->native->closes(), 'code'));
    }

    /** @return array<string, array{Closure(): mixed, int|null, string}> */
    public static function refusals(): array
    {
        return [
            'text' => [static fn () => response('You are muted.', 403), 403, 'You are muted.'],
            'a page' => [static fn () => response('<h1>No</h1>', 409), 409, 'Conflict'],
            'JSON' => [static fn () => response()->json(['message' => 'Later.', 'errors' => ['a' => ['b']]], 503), 503, 'Later.'],
            'a redirect' => [static fn () => redirect('/login'), 302, 'Found'],
            'abort' => [static fn () => abort(418, 'short and stout'), 418, 'short and stout'],
            'unavailable' => [static fn () => abort(503), 503, 'Service Unavailable'],
            'a silent drop' => [static fn () => response()->noContent(), null, ''],
            'nothing' => [static fn () => null, null, ''],
        ];
    }

    /** @param  Closure(): mixed  $refuse */
    #[DataProvider('refusals')]
    public function test_a_refusal_is_an_error_event_and_leaves_the_socket_open(Closure $refuse, ?int $status, string $text): void
    {
        ProbeMiddleware::$probe = static fn (Request $request, Closure $next): mixed => $refuse();
        Socket::route('/t/{what}', ProbeSocket::class)->messageMiddleware(ProbeMiddleware::class);
        $this->event('message', $this->opened('/t/x'));

        self::assertSame(0, $this->handled);
        $status === null ? self::assertSame([], $this->native->commands) : $this->assertRefused($status, $text);
    }

    public function test_a_fault_in_a_middleware_is_reported_once_and_closes(): void
    {
        ProbeMiddleware::$probe = static fn (): mixed => throw new LogicException('a fault');
        Socket::route('/t/{what}', ProbeSocket::class)->messageMiddleware(ProbeMiddleware::class);
        $this->event('message', $this->opened('/t/x'));

        self::assertCount(1, $this->exceptions->reported);
        self::assertSame([1011], array_column($this->native->closes(), 'code'));
        self::assertSame([], $this->native->casts());
    }

    public function test_invalid_data_is_an_error_event_with_middleware_too(): void
    {
        Socket::route('/t/{what}', ProbeSocket::class)->messageMiddleware('throttle:9,1');
        $meta = $this->opened('/t/x');
        ProbeSocket::$probe = static fn (Connection $connection, string $what, ?Message $message) => $message?->validate(['text' => 'required']);
        $this->event('message', $meta, '{}');

        $error = json_decode($this->native->casts()[0]['data'], true)['data'];
        self::assertSame([422, ['text']], [$error['status'], array_keys($error['errors'])]);
        self::assertSame([], $this->native->closes());
    }

    /**
     * The meta of a connection that was opened on this route.
     *
     * @param  array<string, mixed>  $server
     * @param  array<string, string>  $cookies
     * @return array{r?: string, p?: array<string, string>, s?: string, g?: string}
     */
    private function opened(string $uri, array $server = [], array $cookies = []): array
    {
        $answer = $this->handshake($uri, $server, $cookies);
        self::assertSame(200, $answer['status'], $answer['body']);

        return (array) json_decode($answer['headers']['Set-Meta-Socket'][0], true);
    }

    /** @param  array{r?: string, p?: array<string, string>, s?: string, g?: string}  $meta */
    private function message(array $meta, string $path, string $user = ''): void
    {
        $this->worker()->handle($this->eventJob('message', $meta, user: $user, path: $path));
    }

    private function assertRefused(int $status, ?string $text = null): void
    {
        $casts = $this->native->casts();
        self::assertCount(1, $casts);
        $error = json_decode($casts[0]['data'], true);
        self::assertSame(['error', $status], [$error['event'], $error['data']['status']]);
        $text === null ?: self::assertSame($text, $error['data']['message']);
        self::assertSame([], $this->native->closes());
    }

    private function signed(): string
    {
        URL::forceRootUrl('http://chat.test');
        $url = URL::temporarySignedRoute('signed', 60, ['what' => 'x']);

        return substr($url, strlen('http://chat.test'));
    }

    private function travelTo(int $seconds, Closure $then): void
    {
        \Illuminate\Support\Carbon::setTestNow(now()->addSeconds($seconds));

        try {
            $then();
        } finally {
            \Illuminate\Support\Carbon::setTestNow();
        }
    }

    /**
     * A browser with a session; its cookies.
     *
     * @param  array<string, mixed>  $data
     * @return array<string, string>
     */
    private function browser(array $data): array
    {
        ProbeController::$probe = static function () use ($data): string {
            foreach ($data as $key => $value) {
                session()->put($key, $value);
            }

            return 'in';
        };
        $cookies = [];

        foreach ((array) ($this->request('GET', '/probe')['headers']['Set-Cookie'] ?? []) as $cookie) {
            [$name, $value] = explode('=', explode(';', $cookie)[0], 2);
            $cookies[$name] = rawurldecode($value);
        }

        return $cookies;
    }
}
