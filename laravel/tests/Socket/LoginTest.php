<?php

declare(strict_types=1);

namespace Laraman\Tests\Socket;

use Closure;
use Illuminate\Cookie\CookieValuePrefix;
use Illuminate\Database\Schema\Blueprint;
use Illuminate\Foundation\Application;
use Illuminate\Http\Request;
use Illuminate\Session\Store;
use Illuminate\Support\Facades\Auth;
use Illuminate\Support\Facades\Crypt;
use Illuminate\Support\Facades\Hash;
use Illuminate\Support\Facades\Route;
use Illuminate\Support\Facades\Schema;
use Laraman\Connection;
use Laraman\Facades\Gateway;
use Laraman\Facades\Socket;
use Laraman\Gateway\Command;
use Laraman\Gateway\Protobuf;
use Laraman\Message;
use Laraman\Tests\App\Models\User;
use Laraman\Tests\App\ProbeController;
use Laraman\Tests\App\Sockets\ProbeSocket;
use Laraman\Tests\TestCase;
use PHPUnit\Framework\Attributes\DataProvider;

/** A socket's log-in ends with its browser's log-in. */
final class LoginTest extends TestCase
{
    private const PROBE = ['r' => '/probe/{what}', 'p' => ['what' => 'x']];

    /** @var array<string, string> */
    private array $cookies = [];

    private int $handled = 0;

    protected function configure(Application $app): void
    {
        // Like Sanctum's guard, it finds users by itself and has no provider that could load them.
        $app->booting(static fn () => config(['auth.guards.keys' => ['driver' => 'keys', 'provider' => null]]));
    }

    protected function setUp(): void
    {
        parent::setUp();

        Schema::table('users', static fn (Blueprint $table) => $table->string('password')->nullable());
        Hash::setRounds(4);
        User::query()->update(['password' => Hash::make('secret')]);
        Route::any('/page', ProbeController::class)->middleware('web');
        Socket::route('/private/{what}', ProbeSocket::class)->middleware(['web', 'auth']);
        Socket::route('/always/{what}', ProbeSocket::class)->middleware(['web', 'auth'])->recheck(0);
        Socket::route('/never/{what}', ProbeSocket::class)->middleware(['web', 'auth'])->recheck(null);
        Socket::route('/asked/{what}', ProbeSocket::class)->middleware('web')->recheck(5);
        ProbeSocket::$probe = function (Connection $connection, string $what, ?Message $message): void {
            $message === null ?: $this->handled++;
        };
    }

    /** @return array<string, array{Closure(Request): mixed}> */
    public static function endings(): array
    {
        return [
            'a log-out' => [static function (Request $request): void {
                Auth::logout();
                $request->session()->invalidate();
            }],
            'a log-out after another id' => [static function (Request $request): void {
                $request->session()->regenerate();
                Auth::logout();
            }],
            'a log-out after a request within the request' => [static function (): void {
                $outer = request();
                app(\Illuminate\Contracts\Http\Kernel::class)->handle(Request::create('/nothing/here'));
                request()->setLaravelSession($outer->session());
                Auth::logout();
            }],
            'a log-out of this device' => [static fn () => Auth::logoutCurrentDevice()],
            'an invalidated session' => [static function (Request $request): void {
                $request->user();
                $request->session()->invalidate();
            }],
            'an invalidated session whose user nobody asked for' => [static fn (Request $request) => $request->session()->invalidate()],
            'a flushed session' => [static fn (Request $request) => $request->session()->flush()],
            'a log-in of another user' => [static fn () => Auth::login(User::query()->findOrFail(6))],
        ];
    }

    /** @param  Closure(Request): mixed  $end */
    #[DataProvider('endings')]
    public function test_the_end_of_a_log_in_closes_the_sockets_of_its_session(Closure $end): void
    {
        $this->logIn();
        $login = $this->open('/private/x')['Set-Meta-Login'][0];
        $this->page($end);

        $closes = $this->commands(Command::LOGIN_CLOSE);
        self::assertNotEmpty($closes);
        self::assertContains($login, Protobuf::strings($closes[0], 1));
        self::assertSame([4001, ['Logged out']], [Protobuf::number($closes[0], 2), Protobuf::strings($closes[0], 3)]);
        self::assertStringNotContainsString($this->sessionId(), implode('', $closes));
    }

    public function test_a_log_out_elsewhere_closes_the_users_other_sockets(): void
    {
        $this->logIn();
        $login = $this->open('/private/x')['Set-Meta-Login'][0];
        $this->page(static fn () => Auth::logoutOtherDevices('secret'));
        [$close] = $this->commands(Command::FORCE_OFFLINE_BY_CUSTOMER_ID);

        self::assertSame([['5'], 4001, [$login]], [Protobuf::strings($close, 1), Protobuf::number($close, 101), Protobuf::strings($close, 103)]);
        self::assertSame([], $this->commands(Command::LOGIN_CLOSE));
    }

    public function test_a_log_out_works_without_a_user_or_a_gateway(): void
    {
        $this->page(static fn () => Auth::logout());
        self::assertSame([], $this->native->commands);

        $this->logIn();
        $this->native->linkIsDown = true;
        $this->page(static fn () => Auth::logout());
        self::assertSame([], $this->exceptions->reported);
        $this->native->linkIsDown = false;
        self::assertFalse(json_decode($this->page(static fn () => response()->json(Auth::check()))['body']));
    }

    public function test_the_sockets_of_a_session_follow_its_new_id(): void
    {
        $this->page(static fn () => session(['cart' => 'full']));
        $headers = $this->open('/probe/x');
        $old = $this->sessionId();
        $this->logIn();
        $updates = $this->commands(Command::LOGIN_UPDATE);
        $new = $this->sessionId();

        self::assertCount(1, $updates);
        self::assertNotSame($old, $new);
        self::assertSame(
            [$headers['Set-Meta-Login'], [hash('sha256', $new)], ['Laravel-Session' => $new]],
            [Protobuf::strings($updates[0], 1), Protobuf::strings($updates[0], 2), Protobuf::map($updates[0], 3, '')],
        );

        $seen = null;
        ProbeSocket::$probe = static function (Connection $connection) use (&$seen): void {
            $seen = [$connection->laravelSession()?->getId(), $connection->laravelSession()?->get('cart')];
        };
        $this->event('message', [...self::PROBE, 's' => $old], more: ['Laravel-Session' => $new]);
        self::assertSame([$new, 'full'], $seen);
    }

    public function test_the_sockets_of_a_log_in_follow_the_new_id_of_its_session(): void
    {
        $this->logIn();
        $old = $this->sessionId();

        foreach ([static fn (Request $request) => $request->session()->regenerate(), static fn () => Auth::login(User::query()->findOrFail(5))] as $probe) {
            $this->native->commands = [];
            $this->page($probe);
            self::assertSame([Command::LOGIN_UPDATE], array_column($this->native->commands, 'id'));
        }

        self::assertNotSame($old, $this->sessionId());
    }

    public function test_requests_that_keep_their_session_send_no_command(): void
    {
        $this->logIn();
        $this->native->commands = [];
        $this->page(static fn () => session(['a' => 'b']));

        self::assertSame([], $this->native->commands);
    }

    public function test_a_deleted_session_is_empty_and_is_not_recreated(): void
    {
        $this->logIn();
        $id = $this->sessionId();
        $this->page(static fn (Request $request) => $request->session()->invalidate());
        $seen = null;
        ProbeSocket::$probe = static function (Connection $connection) use (&$seen): void {
            $session = $connection->laravelSession();
            $session?->put('a', 'b');
            $session?->save();
            $seen = $session?->get('cart');
        };
        $this->event('message', [...self::PROBE, 's' => $id]);

        self::assertSame([], $this->exceptions->reported);
        self::assertNull($seen);
        self::assertFileDoesNotExist(storage_path("framework/sessions/$id"));
    }

    public function test_a_session_that_is_destroyed_while_a_handler_has_it_does_not_come_back(): void
    {
        $this->logIn();
        $id = $this->sessionId();
        ProbeSocket::$probe = static function (Connection $connection) use ($id): void {
            $session = $connection->laravelSession();
            self::assertNotNull($session?->get('_token'));
            $session->put('a', 'b');
            unlink(storage_path("framework/sessions/$id"));  // like a log-out in another worker
            $session->save();
        };
        $this->event('message', [...self::PROBE, 's' => $id]);

        self::assertSame([], $this->exceptions->reported);
        self::assertFileDoesNotExist(storage_path("framework/sessions/$id"));
    }

    public function test_a_handler_writes_an_existing_session_and_restores_the_store(): void
    {
        $this->logIn();
        $id = $this->sessionId();
        $store = $this->app->make('session.store');
        self::assertInstanceOf(Store::class, $store);
        $handler = $store->getHandler();
        ProbeSocket::$probe = static function (Connection $connection): void {
            $connection->laravelSession()?->put('a', 'b');
            $connection->laravelSession()?->save();
        };
        $this->event('message', [...self::PROBE, 's' => $id]);

        self::assertSame('b', json_decode($this->page(static fn () => response()->json(session('a')))['body']));
        self::assertSame($handler, $store->getHandler());
    }

    /** @return array<string, array{Closure(self): mixed, bool}> */
    public static function changes(): array
    {
        return [
            'nothing' => [static fn () => null, true],
            'the user is deleted' => [static fn () => User::query()->whereKey(5)->delete(), false],
            'the password is another' => [static fn () => User::query()->whereKey(5)->update(['password' => Hash::make('other')]), false],
            'the password is another, and the session knows' => [static fn (self $test) => $test->page(static function (): void {
                $user = Auth::user();
                assert($user instanceof User);
                $user->forceFill(['password' => Hash::make('other')])->save();
                Auth::login($user);
            }), true],
            'the session is gone' => [static fn (self $test) => unlink(storage_path('framework/sessions/'.$test->sessionId())), false],
            'the session has no user any more' => [static fn (self $test) => $test->page(static fn (Request $request) => $request->session()->forget(Auth::guard('web')->getName())), false],
            'the session has another user' => [static fn (self $test) => $test->page(static fn (Request $request) => $request->session()->put(Auth::guard('web')->getName(), 6)), false],
        ];
    }

    /** @param  Closure(self): mixed  $change */
    #[DataProvider('changes')]
    public function test_a_recheck_notices(Closure $change, bool $passes): void
    {
        $this->logIn();
        $headers = $this->open('/always/x');
        $this->app->make('db')->setApplication($this->app);
        $change($this);
        $updates = $this->commands(Command::LOGIN_UPDATE);
        $more = $updates === [] ? [] : array_map(strval(...), Protobuf::map(end($updates), 3, ''));
        $this->native->commands = [];
        $this->message($headers, $more);

        self::assertSame([], $this->exceptions->reported);
        self::assertSame($passes ? 1 : 0, $this->handled);
        self::assertSame($passes ? [] : [['connection' => self::ID, 'code' => 4001, 'reason' => 'Logged out']], $this->native->closes());
    }

    /** @return array<string, array{string, int, int}> */
    public static function intervals(): array
    {
        return [
            'auth, lately' => ['/private/x', 50, 0],
            'auth, long ago' => ['/private/x', 70, 1],
            'asked for, lately' => ['/asked/x', 3, 0],
            'asked for, long ago' => ['/asked/x', 6, 1],
            'each message' => ['/always/x', 0, 1],
            'never' => ['/never/x', 100_000, 0],
            'no auth' => ['/probe/x', 100_000, 0],
        ];
    }

    #[DataProvider('intervals')]
    public function test_a_recheck_comes_when_the_last_is_older_than_the_route_says(string $uri, int $age, int $checks): void
    {
        $this->logIn();
        $headers = $this->open($uri);
        $this->app->make('db')->setApplication($this->app);
        User::query()->whereKey(5)->delete();
        $this->native->commands = [];
        $this->message($headers, ['Checked' => (string) (time() - $age)]);

        self::assertSame($checks, count($this->native->closes()));
        self::assertSame(1 - $checks, $this->handled);
    }

    public function test_a_recheck_that_passes_is_noted_at_the_gateway(): void
    {
        $this->logIn();
        $headers = $this->open('/private/x');
        $this->native->commands = [];
        $this->message($headers, ['Checked' => (string) (time() - 61)]);
        [$update] = $this->commands(Command::CONN_INFO_UPDATE);

        self::assertSame([self::ID], Protobuf::strings($update, 1));
        self::assertEqualsWithDelta(time(), (int) Protobuf::map($update, 101, '')['Checked'], 2);
        self::assertSame(1, $this->handled);
    }

    public function test_auth_session_as_message_middleware(): void
    {
        Socket::route('/checked/{what}', ProbeSocket::class)->middleware(['web', 'auth'])->messageMiddleware('auth.session')->recheck(null);
        $this->logIn();
        $headers = $this->open('/checked/x');
        $this->message($headers);
        self::assertSame(1, $this->handled);

        $this->app->make('db')->setApplication($this->app);
        User::query()->whereKey(5)->update(['password' => Hash::make('other')]);
        $this->message($headers);

        self::assertSame(1, $this->handled);
        self::assertSame(['{"event":"error","data":{"status":401,"message":"Unauthenticated."}}'], array_column($this->native->casts(), 'data'));
    }

    public function test_a_session_that_only_the_browser_has_is_rechecked_by_the_password_of_the_handshake(): void
    {
        $this->logIn();
        $headers = $this->open('/always/x');
        $meta = (array) json_decode($headers['Set-Meta-Socket'][0], true);
        unset($meta['s']);
        $headers['Set-Meta-Socket'] = [(string) json_encode($meta)];
        $this->message($headers);
        self::assertSame(1, $this->handled);

        $this->app->make('db')->setApplication($this->app);
        User::query()->whereKey(5)->update(['password' => Hash::make('other')]);
        $this->message($headers);
        self::assertSame([4001], array_column($this->native->closes(), 'code'));
    }

    public function test_a_user_that_a_handler_has_set_is_only_reloaded(): void
    {
        $this->logIn();
        $headers = $this->open('/always/x');
        $this->message($headers, user: '6');
        self::assertSame(1, $this->handled);
        $this->message($headers, user: '99');

        self::assertSame(1, $this->handled);
        self::assertSame([4001], array_column($this->native->closes(), 'code'));
    }

    public function test_the_users_of_a_guard_without_a_provider_are_loaded_by_that_of_their_class(): void
    {
        Auth::viaRequest('keys', static fn (Request $request): ?User => User::query()->find($request->header('X-Key')));
        Socket::route('/keyed/{what}', ProbeSocket::class)->middleware('auth:keys')->messageMiddleware('auth:keys')->recheck(0);
        $answer = $this->handshake('/keyed/x', ['HTTP_X_KEY' => '5']);
        self::assertSame(['keys:5'], $answer['headers']['Set-Meta-User'] ?? null, $answer['body']);
        $seen = [];
        ProbeSocket::$probe = static function (Connection $connection) use (&$seen): void {
            $user = $connection->user();
            $seen[] = [$user instanceof User ? $user->name : null, Auth::id(), Auth::getDefaultDriver()];
        };
        $headers = array_map(static fn (array|string $values): array => (array) $values, $answer['headers']);
        $this->message($headers, user: 'keys:5');
        self::assertSame([['Ann', 5, 'keys']], $seen);

        $this->app->make('db')->setApplication($this->app);
        User::query()->whereKey(5)->delete();
        $this->message($headers, user: 'keys:5');
        self::assertSame([4001], array_column($this->native->closes(), 'code'));
    }

    public function test_users_that_cannot_be_loaded_are_not_refused(): void
    {
        $this->event('message', ['r' => '/always/{what}', 'p' => ['what' => 'x']], user: 'keys:5');

        self::assertSame([1, []], [$this->handled, $this->native->closes()]);
    }

    public function test_a_fault_in_a_recheck_is_reported_and_closes(): void
    {
        $this->logIn();
        $headers = $this->open('/always/x');
        $this->app->make('db')->setApplication($this->app);
        Schema::drop('users');
        $this->message($headers);

        self::assertCount(1, $this->exceptions->reported);
        self::assertSame([1011], array_column($this->native->closes(), 'code'));
        self::assertSame(0, $this->handled);
    }

    public function test_a_session_is_closed_by_its_id_and_named_by_a_hash(): void
    {
        Gateway::laravelSession('abc')->close();
        Gateway::laravelSession('abc')->close(4005, 'moved');

        self::assertSame([Command::LOGIN_CLOSE, Command::LOGIN_CLOSE], array_column($this->native->commands, 'id'));
        [$first, $second] = $this->commands(Command::LOGIN_CLOSE);
        self::assertSame([[hash('sha256', 'abc')], 4001], [Protobuf::strings($first, 1), Protobuf::number($first, 2)]);
        self::assertSame([4005, ['moved']], [Protobuf::number($second, 2), Protobuf::strings($second, 3)]);
    }

    public function test_a_fake_closes_sessions_too(): void
    {
        $fake = Gateway::fake();
        $own = $fake->connect(str_repeat('a', 28), 5, laravelSession: 'abc');
        $other = $fake->connect(str_repeat('b', 28), 5, laravelSession: 'def');
        Gateway::laravelSession('abc')->close();

        $fake->assertClosed($own, 4001);
        $fake->assertLaravelSessionClosed('abc', 4001);
        self::assertSame([$other->id], Gateway::user(5)->connections());
    }

    public function test_the_rechecks_of_cached_routes(): void
    {
        $route = $this->app->make('router')->getRoutes()->match(Request::create('/never/x'));

        self::assertNull($route->getAction('laraman')['recheck']);
        self::assertSame($route->getAction('laraman'), eval('return '.var_export($route->getAction('laraman'), true).';'));
    }

    /** Logs Ann in, in this test's browser. */
    private function logIn(): void
    {
        $this->page(static function (): void {
            Auth::login(User::query()->findOrFail(5));
            session(['cart' => session('cart')]);
        });
    }

    /**
     * A request of this test's browser.
     *
     * @param  Closure(Request): mixed  $probe
     * @return array{status: int, headers: array<string, list<string>|string>, body: string}
     */
    private function page(Closure $probe): array
    {
        ProbeController::$probe = static fn (Request $request) => $probe($request) ?? '';
        $answer = $this->request('GET', '/page', cookies: $this->cookies);

        foreach ((array) ($answer['headers']['Set-Cookie'] ?? []) as $cookie) {
            [$name, $value] = explode('=', explode(';', $cookie)[0], 2);
            $this->cookies[$name] = rawurldecode($value);
        }

        return $answer;
    }

    /** @return array<string, list<string>> the headers of the answer */
    private function open(string $uri): array
    {
        $answer = $this->handshake($uri, cookies: $this->cookies);
        self::assertSame(200, $answer['status'], $answer['body']);

        return array_map(static fn (array|string $values): array => (array) $values, $answer['headers']);
    }

    /**
     * A message on a connection with this handshake.
     *
     * @param  array<string, list<string>>  $headers
     * @param  array<string, string>  $more
     */
    private function message(array $headers, array $more = [], string $user = '5'): void
    {
        $checked = isset($headers['Set-Meta-Checked']) ? ['Checked' => $headers['Set-Meta-Checked'][0]] : [];
        $this->event('message', (array) json_decode($headers['Set-Meta-Socket'][0], true), user: $user, more: [...$checked, ...$more]);
    }

    /** @return list<string> */
    private function commands(int $id): array
    {
        return array_column(array_filter($this->native->commands, static fn (array $command): bool => $command['id'] === $id), 'message');
    }

    private function sessionId(): string
    {
        $store = $this->app->make('session.store');
        self::assertInstanceOf(Store::class, $store);

        return CookieValuePrefix::remove((string) Crypt::decrypt($this->cookies[$store->getName()], false));
    }
}
