<?php

declare(strict_types=1);

namespace Laraman\Tests\Routing;

use Closure;
use Illuminate\Contracts\Console\Kernel;
use Illuminate\Routing\Middleware\SubstituteBindings;
use Illuminate\Routing\Route;
use Illuminate\Support\Facades\Artisan;
use Illuminate\Support\Facades\Route as RouteFacade;
use Laraman\Connection;
use Laraman\Facades\Socket;
use Laraman\Gateway\Protobuf;
use Laraman\Routing\RequireUpgrade;
use Laraman\Routing\SocketMeta;
use Laraman\Routing\SocketRoute;
use Laraman\Tests\App\CountMessages;
use Laraman\Tests\App\Models\Room;
use Laraman\Tests\App\Sockets\ProbeSocket;
use Laraman\Tests\App\Sockets\RoomSocket;
use Laraman\Tests\TestCase;
use PHPUnit\Framework\Attributes\DataProvider;

final class SocketRouteTest extends TestCase
{
    private ?Closure $loader = null;

    public function test_a_socket_route_is_a_laravel_route(): void
    {
        $route = $this->app->make('router')->getRoutes()->getByName('chat');

        self::assertInstanceOf(Route::class, $route);
        self::assertSame(['GET', 'HEAD'], $route->methods());
        self::assertSame('http://localhost/chat/7', route('chat', 7));
        self::assertSame([RequireUpgrade::class, SubstituteBindings::class, 'web', 'auth'], $route->gatherMiddleware());
    }

    public function test_methods_of_a_route_can_be_chained(): void
    {
        $socket = Socket::route('/x/{y}', ProbeSocket::class)->where('y', '[0-9]+')->messageMiddleware('a')->middleware('b')->messageMiddleware(['c']);

        self::assertInstanceOf(SocketRoute::class, $socket);
        self::assertSame(['a', 'c'], $socket->route->getAction('laraman')['message_middleware']);
        self::assertContains('b', $socket->route->gatherMiddleware());
        self::assertSame(['y' => '[0-9]+'], $socket->route->wheres);
    }

    public function test_in_groups(): void
    {
        RouteFacade::prefix('v1')->middleware('m')->name('v1.')->domain('{who}.chat.test')->group(static function (): void {
            Socket::route('/x', ProbeSocket::class)->name('x');
        });
        $this->app->make('router')->getRoutes()->refreshNameLookups();
        $route = $this->app->make('router')->getRoutes()->getByName('v1.x');

        self::assertSame('v1/x', $route?->uri());
        self::assertContains('m', $route->gatherMiddleware());
        self::assertSame('{who}.chat.test/v1/x', SocketMeta::key($route));
    }

    public function test_a_route_of_a_domain_is_found_again(): void
    {
        RouteFacade::domain('{who}.chat.test')->group(static function (): void {
            Socket::route('/d', ProbeSocket::class);
        });
        $seen = [];
        ProbeSocket::$probe = static function (Connection $connection, string $what) use (&$seen): void {
            $seen[] = $what;
        };
        $answer = $this->handshake('/d', ['HTTP_HOST' => 'ann.chat.test']);
        $this->event('message', json_decode($answer['headers']['Set-Meta-Socket'][0], true));

        self::assertSame(['ann', 'ann'], $seen);
    }

    /** @return array<string, array{string, string}> */
    public static function unusable(): array
    {
        return [
            'it does not exist' => ['App\\Sockets\\Missing', 'the class [App\\Sockets\\Missing] does not exist'],
            'it is no socket handler' => [Room::class, '['.Room::class.'] does not extend'],
            'its parent does not exist' => ['App\\Sockets\\Orphan', 'Class "No\\Such\\Parent" not found'],
            'its file is no PHP' => ['App\\Sockets\\Broken', 'syntax error'],
        ];
    }

    #[DataProvider('unusable')]
    public function test_a_class_that_cannot_be_used_is_reported_when_the_route_is_used(string $class, string $fault): void
    {
        $this->loadBroken();
        // @phpstan-ignore argument.type
        Socket::route('/bad/{x}', $class)->name('bad')->messageMiddleware('count.messages');
        $answer = $this->handshake('/bad/1');
        $this->event('message', ['r' => '/bad/{x}', 'p' => ['x' => '1']]);
        $this->event('close', ['r' => '/bad/{x}', 'p' => ['x' => '1']]);

        self::assertSame(500, $answer['status']);
        self::assertCount(3, $this->exceptions->reported);

        foreach ($this->exceptions->reported as $reported) {
            self::assertStringContainsString($fault, $reported->getMessage());
        }

        self::assertSame([1011], array_column($this->native->closes(), 'code'));
        self::assertStringContainsString('"room.7"', $this->handshake('/open/7')['body']);
    }

    #[DataProvider('unusable')]
    public function test_a_class_that_cannot_be_used_breaks_no_command(string $class, string $fault): void
    {
        $this->loadBroken();
        // @phpstan-ignore argument.type
        Socket::route('/bad/{x}', $class);
        $this->app->make(Kernel::class)->bootstrap();

        foreach ([['--json' => true], ['--json' => true, '-v' => true]] as $options) {
            self::assertSame(0, Artisan::call('route:list', $options));
        }

        Artisan::call('route:list', ['--json' => true]);
        $listed = array_column((array) json_decode(Artisan::output(), true), 'action', 'uri');
        self::assertStringContainsString($class, $listed['bad/{x}']);
    }

    /** Loads classes as Composer would from their files. */
    private function loadBroken(): void
    {
        spl_autoload_register($this->loader = static function (string $class): void {
            match ($class) {
                'App\\Sockets\\Orphan' => eval('namespace App\\Sockets; class Orphan extends \\No\\Such\\Parent {}'),
                'App\\Sockets\\Broken' => eval('namespace App\\Sockets; class Broken { this is no PHP'),
                default => null,
            };
        });
    }

    protected function tearDown(): void
    {
        $this->loader === null || spl_autoload_unregister($this->loader);

        parent::tearDown();
    }

    public function test_explicit_binding(): void
    {
        RouteFacade::bind('room', static fn (string $value): Room => new Room(['name' => "Room $value"]));
        Socket::route('/bound/{room}', RoomSocket::class);

        self::assertStringContainsString('"Room 9"', $this->handshake('/bound/9')['body']);
        $this->event('message', ['r' => '/bound/{room}', 'p' => ['room' => '9']], 'hi');
        self::assertSame('{"event":"in","data":["Room 9","hi","Laravel"]}', $this->native->casts()[0]['data']);
    }

    public function test_with_cached_routes(): void
    {
        $cache = sys_get_temp_dir().'/laraman-routes-'.getmypid().'.php';
        $routes = $this->app->make('router')->getRoutes();
        self::assertInstanceOf(\Illuminate\Routing\RouteCollection::class, $routes);

        // As route:cache does it.
        foreach ($routes as $route) {
            $route->prepareForSerialization();
        }

        file_put_contents($cache, '<?php app("router")->setCompiledRoutes('.var_export($routes->compile(), true).');');
        $_ENV['APP_ROUTES_CACHE'] = $_SERVER['APP_ROUTES_CACHE'] = $cache;

        try {
            $this->app = $this->boot();
            self::assertTrue($this->app->routesAreCached());
            self::assertStringContainsString('room.7', $this->handshake('/open/7')['body']);
            self::assertSame(426, $this->request('GET', '/open/7')['status']);
            $this->event('message', ['r' => '/open/{room?}', 'p' => ['room' => '7']], '{"text":"hi"}');
            self::assertSame(['room.7'], Protobuf::strings($this->native->commands[0]['message'], 1));
            ProbeSocket::$probe = static fn () => null;
            $this->event('message', ['r' => '/guarded/{what}', 'p' => ['what' => 'x']], user: '5');
            self::assertSame(1, CountMessages::$counted);
            self::assertSame([], $this->exceptions->reported);
        } finally {
            unset($_ENV['APP_ROUTES_CACHE'], $_SERVER['APP_ROUTES_CACHE']);
            unlink($cache);
        }
    }

    public function test_meta_survives_the_round_trip(): void
    {
        $meta = SocketMeta::decode((new SocketMeta('/a/{b}', ['b' => '茶/"'], 'session', 'admin'))->encode());

        self::assertEquals(new SocketMeta('/a/{b}', ['b' => '茶/"'], 'session', 'admin'), $meta);
        self::assertEquals(new SocketMeta('/a'), SocketMeta::decode('{"r":"/a"}'));
    }

    public function test_other_text_is_no_meta(): void
    {
        foreach (['', 'x', '[]', '{}', '{"r":1}', '{"r":"/a","p":"x"}', 'null'] as $text) {
            self::assertNull(SocketMeta::decode($text), $text);
        }
    }
}
