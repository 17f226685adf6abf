<?php

declare(strict_types=1);

namespace Laraman\Tests\Worker;

use Carbon\Carbon;
use Closure;
use Illuminate\Broadcasting\BroadcastManager;
use Illuminate\Container\Container;
use Illuminate\Contracts\Auth\Access\Gate;
use Illuminate\Contracts\Config\Repository;
use Illuminate\Contracts\Pipeline\Hub;
use Illuminate\Foundation\Application;
use Illuminate\Foundation\Vite;
use Illuminate\Http\Request;
use Illuminate\Notifications\ChannelManager;
use Illuminate\Pagination\Paginator;
use Illuminate\Session\DatabaseSessionHandler;
use Illuminate\Session\Store;
use Illuminate\Support\Facades\App;
use Illuminate\Support\Facades\Auth;
use Illuminate\Support\Facades\Cache;
use Illuminate\Support\Facades\Cookie;
use Illuminate\Support\Facades\DB;
use Illuminate\Support\Facades\Facade;
use Illuminate\Support\Facades\Log;
use Illuminate\Support\Facades\URL;
use Illuminate\Support\Facades\View;
use Illuminate\Support\Str;
use Laraman\Tests\App\Models\User;
use Laraman\Tests\App\ProbeController;
use Laraman\Tests\App\Sockets\ProbeSocket;
use Laraman\Tests\TestCase;
use Monolog\Logger;
use Monolog\Processor\UidProcessor;
use PHPUnit\Framework\Attributes\DataProvider;
use ReflectionProperty;

/**
 * Each test leaks on purpose in one job and looks for it in the next.
 */
final class ResetsTest extends TestCase
{
    private const PROBE = ['r' => '/probe/{what}', 'p' => ['what' => 'x']];

    protected function configure(Application $app): void
    {
        // Resolved while booting, as an application's providers do: only then do they live longer than a sandbox.
        $app->booted(static function (Application $app): void {
            foreach (array_keys(self::managers()) as $service) {
                $app->make($service);
            }
        });
    }

    /**
     * Leaks in one job, and gives back what another sees.
     *
     * @param  Closure(): mixed  $leak
     * @param  Closure(): mixed  $look
     */
    private function after(Closure $leak, Closure $look, string $from = 'request', string $to = 'request'): mixed
    {
        $this->runJob($from, $leak);
        $seen = null;
        $this->runJob($to, static function () use ($look, &$seen): void {
            $seen = $look();
        });
        self::assertSame([], array_map(strval(...), $this->exceptions->reported));

        return $seen;
    }

    /** @param  Closure(): mixed  $job */
    private function runJob(string $kind, Closure $job): void
    {
        if ($kind === 'request') {
            ProbeController::$probe = static function () use ($job): string {
                $job();

                return 'ok';
            };
            $this->request('GET', '/probe');
        } else {
            ProbeSocket::$probe = static function () use ($job): void {
                $job();
            };
            $this->event('message', self::PROBE);
        }
    }

    /** @return array<string, array{string, Closure(object): mixed}> */
    public static function managers(): array
    {
        $read = static fn (string $property): Closure => static function (object $service) use ($property): mixed {
            $class = $service;

            while (! property_exists($class, $property)) {
                $class = (string) get_parent_class($class);
            }

            return (new ReflectionProperty($class, $property))->getValue($service);
        };

        return [
            'auth' => ['auth', $read('app')],
            Gate::class => [Gate::class, $read('container')],
            BroadcastManager::class => [BroadcastManager::class, $read('app')],
            'db' => ['db', $read('app')],
            'filesystem' => ['filesystem', $read('app')],
            \Illuminate\Contracts\Http\Kernel::class => [\Illuminate\Contracts\Http\Kernel::class, $read('app')],
            'mail.manager' => ['mail.manager', $read('app')],
            ChannelManager::class => [ChannelManager::class, $read('container')],
            Hub::class => [Hub::class, $read('container')],
            'cache' => ['cache', $read('app')],
            'session' => ['session', $read('container')],
            'queue' => ['queue', $read('app')],
            'router' => ['router', $read('container')],
            'validator' => ['validator', $read('container')],
            'view' => ['view', $read('container')],
            'log' => ['log', $read('app')],
        ];
    }

    /** @param  Closure(object): mixed  $applicationOf */
    #[DataProvider('managers')]
    public function test_managers_hold_the_sandbox_of_the_job(string $service, Closure $applicationOf): void
    {
        foreach (['request', 'event'] as $kind) {
            $this->runJob($kind, function () use ($service, $applicationOf): void {
                self::assertNotSame($this->app, app());
                self::assertSame(app(), $applicationOf(app($service)));
            });
        }

        self::assertSame([], array_map(strval(...), $this->exceptions->reported));
    }

    public function test_a_manager_that_the_base_application_resolves_later_is_found(): void
    {
        $this->app->forgetInstance('filesystem');
        $this->runJob('request', static fn () => null);
        $late = $this->app->make('filesystem');
        $this->runJob('request', static function () use ($late): void {
            self::assertSame($late, app('filesystem'));
            self::assertSame(app(), (new ReflectionProperty($late, 'app'))->getValue($late));
        });

        self::assertSame([], array_map(strval(...), $this->exceptions->reported));
    }

    public function test_the_base_application_is_current_between_jobs(): void
    {
        $this->runJob('request', static fn () => null);

        self::assertSame($this->app, Container::getInstance());
        self::assertSame($this->app, Facade::getFacadeApplication());
        self::assertSame($this->app, app('app'));
    }

    public function test_bindings_and_instances_of_a_job_are_gone(): void
    {
        self::assertFalse($this->after(static fn () => app()->instance('mine', 'x'), static fn () => app()->bound('mine')));
    }

    public function test_configuration(): void
    {
        $look = static fn () => [config('app.name'), app(Repository::class)->get('app.name')];

        self::assertSame(['Laravel', 'Laravel'], $this->after(static fn () => config(['app.name' => 'leaked']), $look));
        self::assertSame(['Laravel', 'Laravel'], $this->after(static fn () => config(['app.name' => 'leaked']), $look, 'event', 'event'));
    }

    public function test_locale_and_fallback(): void
    {
        $leak = static function (): void {
            App::setLocale('de');
            App::setFallbackLocale('fr');
            Carbon::setLocale('de');
        };
        $look = static fn () => [app()->getLocale(), app('translator')->getLocale(), app('translator')->getFallback(), Carbon::getLocale()];

        self::assertSame(['en', 'en', 'en', 'en'], $this->after($leak, $look));
        self::assertSame(['en', 'en', 'en', 'en'], $this->after($leak, $look, 'request', 'event'));
        self::assertSame(['en', 'en', 'en', 'en'], $this->after($leak, $look, 'event', 'request'));
        self::assertSame(['en', 'en', 'en', 'en'], $this->after($leak, $look, 'event', 'event'));
    }

    public function test_authenticated_user(): void
    {
        $leak = static fn () => Auth::setUser(User::query()->findOrFail(5));
        $look = static fn () => [Auth::user(), request()->user(), Auth::guard('admin')->user()];

        self::assertSame([null, null, null], $this->after($leak, $look));
        self::assertSame([null, null, null], $this->after($leak, $look, 'request', 'event'));
        self::assertSame([null, null, null], $this->after($leak, $look, 'event', 'request'));
    }

    public function test_default_guard(): void
    {
        self::assertSame('web', $this->after(static fn () => Auth::shouldUse('admin'), static fn () => Auth::getDefaultDriver()));
    }

    public function test_the_default_guard_is_not_kept_in_the_base_application(): void
    {
        $this->app->make('auth.driver');

        self::assertNull($this->after(
            fn () => $this->app->make('auth.driver')->setUser(User::query()->findOrFail(5)),
            static fn () => app('auth.driver')->user(),
        ));
    }

    public function test_session(): void
    {
        $id = null;
        $look = static fn () => [session('secret'), session()->getId() === $id];

        self::assertSame([null, false], $this->after(static function () use (&$id): void {
            session(['secret' => 'x']);
            $id = session()->getId();
        }, $look));
    }

    public function test_a_session_is_not_seen_by_an_event(): void
    {
        self::assertNull($this->after(static fn () => session(['secret' => 'x']), static fn () => session('secret'), 'request', 'event'));
        self::assertNull($this->after(static fn () => session(['secret' => 'x']), static fn () => session('secret'), 'event', 'event'));
    }

    public function test_queued_cookies(): void
    {
        $this->runJob('event', static fn () => Cookie::queue('mine', 'x'));
        ProbeController::$probe = static fn () => 'ok';

        foreach ((array) $this->request('GET', '/probe')['headers']['Set-Cookie'] as $cookie) {
            self::assertStringStartsNotWith('mine=', $cookie);
        }
    }

    public function test_database_session_handler(): void
    {
        $store = $this->app->make('session.store');
        self::assertInstanceOf(Store::class, $store);
        $handler = new DatabaseSessionHandler($this->app->make('db')->connection(), 'sessions', 120, $this->app);
        $store->setHandler($handler);
        $seen = null;
        ProbeController::$probe = static function () use ($handler, &$seen): string {
            $seen = (new ReflectionProperty($handler, 'container'))->getValue($handler) === app();

            return 'ok';
        };
        $this->request('GET', '/raw');

        self::assertTrue($seen);
    }

    public function test_once(): void
    {
        $value = 1;
        $once = static function () use (&$value): int {
            return once(static function () use (&$value): int {
                return $value++;
            });
        };

        self::assertSame(2, $this->after($once, $once));
        self::assertSame(4, $this->after($once, $once, 'event', 'event'));
    }

    public function test_scoped_instances(): void
    {
        $this->app->scoped('scoped', static fn () => new \stdClass);
        $leak = static fn () => app('scoped')->secret = 'x';

        self::assertFalse($this->after($leak, static fn () => isset(app('scoped')->secret)));
        self::assertFalse($this->after(fn () => $this->app->make('scoped')->secret = 'x', fn () => isset($this->app->make('scoped')->secret)));
    }

    public function test_services_named_in_flush(): void
    {
        $this->app->singleton('mine', static fn () => new \stdClass);
        $this->app->make('config')->set('laraman.worker.flush', ['mine']);
        $this->app->make('mine');

        self::assertFalse($this->after(static fn () => app('mine')->secret = 'x', static fn () => isset(app('mine')->secret)));
    }

    public function test_view_shares_and_state(): void
    {
        $look = static fn () => trim(view('who')->render());

        self::assertSame('nobody', $this->after(static fn () => View::share('who', 'Ann'), $look));
        self::assertSame('nobody', $this->after(static fn () => View::share('who', 'Ann'), $look, 'event', 'event'));
        self::assertSame('', $this->after(
            static function (): void {
                View::startSection('left');
                echo 'open';
            },
            static fn () => View::getSections()['left'] ?? '',
        ));
        self::assertTrue($this->after(static fn () => null, static fn () => View::shared('app') === app() && View::shared('__env') === app('view')));
    }

    public function test_url_generator(): void
    {
        $leak = static function (): void {
            URL::forceScheme('https');
            URL::defaults(['x' => 'y']);
        };

        self::assertSame(['http://chat.test/a', []], $this->after($leak, static fn () => [url('/a'), URL::getDefaultParameters()]));
    }

    public function test_an_event_does_not_know_the_host_of_a_request(): void
    {
        self::assertSame('http://localhost/a', $this->after(static fn () => null, static fn () => url('/a'), 'request', 'event'));
    }

    public function test_the_request_is_handed_to_application_and_paginator(): void
    {
        ProbeController::$probe = fn (Request $request) => [
            $request === app('request'), $request === $this->app->make('request'), Paginator::resolveCurrentPage(),
        ];

        self::assertSame('[true,true,3]', $this->request('GET', '/raw?page=3')['body']);
        self::assertSame('[true,true,1]', $this->request('GET', '/raw')['body']);
    }

    public function test_an_event_sees_no_request_of_before(): void
    {
        ProbeController::$probe = static fn () => 'ok';
        $this->request('GET', '/raw?page=3');
        $seen = [];
        ProbeSocket::$probe = function () use (&$seen): void {
            $seen = [request('page'), $this->app->make('request')->input('page'), Paginator::resolveCurrentPage(), request()->path()];
        };
        $this->event('message', self::PROBE);

        self::assertSame([null, null, 1, 'somewhere'], $seen);
    }

    public function test_database_state(): void
    {
        $leak = static function (): void {
            DB::enableQueryLog();
            DB::table('users')->where('id', 5)->update(['name' => 'Ann']);
            DB::connection()->setRecordModificationState(true);
        };
        $look = static fn () => [
            DB::getQueryLog(), DB::connection()->hasModifiedRecords(), DB::connection()->totalQueryDuration(), DB::connection()->logging(),
        ];

        self::assertSame([[], false, 0.0, false], $this->after($leak, $look));
        self::assertSame([[], false, 0.0, false], $this->after($leak, $look, 'event', 'event'));
    }

    public function test_query_duration_handlers_run_again(): void
    {
        $runs = 0;
        DB::whenQueryingForLongerThan(0, static function () use (&$runs): void {
            $runs++;
        });
        $query = static fn () => DB::select('select 1');
        $this->after($query, $query);

        self::assertSame(2, $runs);
    }

    public function test_an_open_transaction_is_rolled_back(): void
    {
        self::assertSame([0, 'Ann'], $this->after(static function (): void {
            DB::beginTransaction();
            DB::table('users')->where('id', 5)->update(['name' => 'half']);
        }, static fn () => [DB::transactionLevel(), User::query()->findOrFail(5)->name]));
    }

    public function test_log_context(): void
    {
        $leak = static function (): void {
            Log::shareContext(['who' => 'Ann']);
            Log::withContext(['secret' => 'x']);
        };

        self::assertSame([[], []], $this->after($leak, static fn () => [
            Log::sharedContext(),
            (new ReflectionProperty(Log::channel(), 'context'))->getValue(Log::channel()),
        ]));
    }

    public function test_monolog_processors(): void
    {
        $logger = $this->app->make('log')->channel()->getLogger();
        self::assertInstanceOf(Logger::class, $logger);
        $uid = new UidProcessor;
        $logger->pushProcessor($uid);
        $before = $uid->getUid();
        $this->runJob('request', static fn () => null);

        self::assertNotSame($before, $uid->getUid());
    }

    public function test_array_cache(): void
    {
        self::assertNull($this->after(static fn () => Cache::store('array')->put('k', 'v', 60), static fn () => Cache::store('array')->get('k')));
    }

    public function test_string_caches(): void
    {
        $caches = static fn () => (new ReflectionProperty(Str::class, 'snakeCache'))->getValue();

        self::assertArrayNotHasKey('LeakedOnPurpose', $this->after(static fn () => Str::snake('LeakedOnPurpose'), $caches));
    }

    public function test_translators_parsed_keys(): void
    {
        $parsed = static fn () => (new ReflectionProperty(\Illuminate\Support\NamespacedItemResolver::class, 'parsed'))->getValue(app('translator'));

        self::assertArrayNotHasKey('leaked.key', $this->after(static fn () => __('leaked.key'), $parsed));
    }

    public function test_vites_preloaded_assets(): void
    {
        $vite = $this->app->make(Vite::class);
        $property = new ReflectionProperty($vite, 'preloadedAssets');

        self::assertSame([], $this->after(static fn () => $property->setValue($vite, ['a' => []]), static fn () => $property->getValue($vite)));
    }

    public function test_known_packages(): void
    {
        $livewire = new class
        {
            public int $flushed = 0;

            public function flushState(): void
            {
                $this->flushed++;
            }
        };
        $this->app->instance('Livewire\LivewireManager', $livewire);
        $this->runJob('request', static fn () => null);
        $this->runJob('event', static fn () => null);

        self::assertSame(2, $livewire->flushed);
    }

    public function test_mailers_and_notification_drivers_are_forgotten(): void
    {
        $mailer = $this->app->make('mail.manager')->mailer('array');

        self::assertNotSame($mailer, $this->after(static fn () => null, static fn () => app('mail.manager')->mailer('array')));
    }

    public function test_controllers_are_not_kept(): void
    {
        ProbeController::$probe = static fn () => 'ok';
        $this->request('GET', '/raw');
        $route = $this->app->make('router')->getRoutes()->match(Request::create('/raw'));

        self::assertNull($route->controller);
    }

    public function test_database_connections_can_be_closed_after_each_job(): void
    {
        $this->app->make('config')->set('laraman.worker.disconnect_database', true);
        $this->runJob('request', static fn () => DB::select('select 1'));

        foreach ($this->app->make('db')->getConnections() as $connection) {
            self::assertNull($connection->getRawPdo());
        }
    }
}
