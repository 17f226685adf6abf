<?php

declare(strict_types=1);

namespace Laraman;

use Illuminate\Auth\Events\CurrentDeviceLogout;
use Illuminate\Auth\Events\Logout;
use Illuminate\Auth\Events\OtherDeviceLogout;
use Illuminate\Cache\MemcachedConnector;
use Illuminate\Contracts\Cache\Factory as CacheFactory;
use Illuminate\Contracts\Config\Repository;
use Illuminate\Contracts\Debug\ExceptionHandler;
use Illuminate\Contracts\Events\Dispatcher;
use Illuminate\Contracts\Foundation\Application;
use Illuminate\Contracts\Redis\Connector;
use Illuminate\Database\Connectors\ConnectionFactory;
use Illuminate\Filesystem\Filesystem;
use Illuminate\Foundation\Http\Events\RequestHandled;
use Illuminate\Http\Client\Factory as HttpFactory;
use Illuminate\Http\Request;
use Illuminate\Redis\RedisManager;
use Illuminate\Session\Middleware\StartSession;
use Illuminate\Session\SessionManager;
use Illuminate\Support\ServiceProvider;
use Laraman\Console\BinaryFinder;
use Laraman\Console\Dotenv;
use Laraman\Console\InstallCommand;
use Laraman\Console\LaramanCommand;
use Laraman\Console\MakeSocketCommand;
use Laraman\Console\ProcessCommand;
use Laraman\Console\ProcessesCommand;
use Laraman\Console\ProgramArchive;
use Laraman\Console\SettingsCommand;
use Laraman\Contracts\Gateway;
use Laraman\Contracts\GatewayClient;
use Laraman\Contracts\Transport;
use Laraman\Gateway\GatewayManager;
use Laraman\Gateway\NativeTransport;
use Laraman\Gateway\NetsvrClient;
use Laraman\Gateway\ServerPlace;
use Laraman\Gateway\SocketTransport;
use Laraman\Gateway\UserNames;
use Laraman\NetBus\Business;
use Laraman\NetBus\GatewayList;
use Laraman\NetBus\NetBus;
use Laraman\Octane\OctaneHandler;
use Laraman\Octane\ReloadCommand;
use Laraman\Octane\StatusCommand;
use Laraman\Octane\StopCommand;
use Laraman\Routing\SocketRegistrar;
use Laraman\Socket\ConnectionAuth;
use Laraman\Socket\EventHandler;
use Laraman\Socket\LoginListener;
use Laraman\Socket\NoteLogins;
use Laraman\Socket\SocketRoutes;
use Laraman\Worker\ExceptionLine;
use Laraman\Worker\Isolation;
use Laraman\Worker\Learning\BootedModels;
use Laraman\Worker\Learning\FrameworkCaches;
use Laraman\Worker\Learning\Learning;
use Laraman\Worker\Learning\UsedRoutes;
use Laraman\Worker\PooledConnectionFactory;
use Laraman\Worker\PooledMemcachedConnector;
use Laraman\Worker\PooledRedisConnector;
use Laraman\Worker\SessionPool;
use Laraman\Worker\Watches;
use Psr\Log\LoggerInterface;

/**
 * Makes an application full-duplex: the gateway's services, the routes in routes/sockets.php, the artisan commands.
 */
final class LaramanServiceProvider extends ServiceProvider
{
    /** Whether the shutdown function is registered: for a request that calls exit(), no RequestHandled event comes. */
    private static bool $followsExits = false;

    public function register(): void
    {
        $this->mergeConfigFrom(__DIR__.'/../config/laraman.php', 'laraman');

        $this->app->singleton(SocketRegistrar::class);
        $this->app->singleton(SocketRoutes::class);
        $this->app->singleton(EventHandler::class);
        $this->app->singleton(ConnectionAuth::class);
        $this->app->scoped(LoginListener::class);
        $this->app->extend(StartSession::class, static fn (StartSession $middleware, Application $app): StartSession => $middleware::class === StartSession::class
            ? new NoteLogins($app->make(SessionManager::class), static fn (): CacheFactory => $app->make(CacheFactory::class))
            : $middleware);
        $this->app->bind(BinaryFinder::class, static fn (Application $app): BinaryFinder => new BinaryFinder($app->basePath(), Dotenv::variables($app)['LARAMAN_BINARY'] ?? null));
        $this->app->bind(ProgramArchive::class, static fn (): ProgramArchive => ProgramArchive::ofThePackage(new HttpFactory, new Filesystem));
        $this->app->singleton(GatewayList::class, static fn (Application $app): GatewayList => new GatewayList((array) $app->make(Repository::class)->get('laraman.gateways', [])));
        $this->app->singleton(Business::class);
        $this->app->singleton(NetBus::class);
        $this->app->singleton(Watches::class, static fn (Application $app): Watches => new Watches($app->make(ServerPlace::class)->runtimeDirectory(), $app->make(LoggerInterface::class)));
        $this->app->singleton(Isolation::class);
        $this->app->singleton(BootedModels::class);
        $this->app->singleton(Learning::class, static fn (Application $app): Learning => new Learning($app->make(BootedModels::class), new UsedRoutes, new FrameworkCaches));
        $this->app->singleton(SessionPool::class);

        if (function_exists('Laraman\Native\open_session')) {
            $this->keepSessions();
        }

        $this->app->singleton(UserNames::class, static fn (Application $app): UserNames => UserNames::fromConfig((array) $app->make(Repository::class)->get('auth', [])));
        $this->app->singleton(Gateway::class, GatewayManager::class);
        $this->app->singleton(GatewayClient::class, NetsvrClient::class);
        $this->app->singleton(Transport::class, static function (Application $app): Transport {
            $config = (array) $app->make(Repository::class)->get('laraman.gateway', []);

            return NativeTransport::available()
                ? NativeTransport::fromConfig($config)
                : SocketTransport::fromConfig(['socket' => $app->make(ServerPlace::class)->taskSocket()] + $config);
        });
    }

    /** Connections get their sessions from the worker's pool, except those that another package creates. */
    private function keepSessions(): void
    {
        $this->app->extend('db.factory', static fn (ConnectionFactory $factory, Application $app): ConnectionFactory => $factory::class === ConnectionFactory::class
            ? new PooledConnectionFactory($app, $app->make(SessionPool::class))
            : $factory);
        $this->app->extend('memcached.connector', static fn (MemcachedConnector $connector, Application $app): MemcachedConnector => $connector::class === MemcachedConnector::class
            ? new PooledMemcachedConnector($app->make(SessionPool::class))
            : $connector);
        $this->app->extend('redis', static function (object $redis, Application $app): object {
            if ($redis instanceof RedisManager) {
                $pool = $app->make(SessionPool::class);
                $redis->extend('phpredis', fn (): Connector => new PooledRedisConnector($pool)); // the manager binds it to itself
            }

            return $redis;
        });
    }

    public function boot(): void
    {
        // Resolved now, before a request or a job can change the default guard.
        $this->app->booted(static fn (Application $app): UserNames => $app->make(UserNames::class));

        $this->followLogins();

        if (is_file($routes = $this->app->basePath('routes/sockets.php'))) {
            $this->loadRoutesFrom($routes);
        }

        if (ExceptionLine::isWanted()) {
            $this->callAfterResolving(ExceptionHandler::class, fn (ExceptionHandler $handler) => ExceptionLine::printEach($this->app, $handler));
        }

        if ($this->app->runningInConsole()) {
            $this->publishes([__DIR__.'/../config/laraman.php' => $this->app->configPath('laraman.php')], 'laraman-config');
            $this->publishes([__DIR__.'/../stubs/sockets.php' => $this->app->basePath('routes/sockets.php')], 'laraman-routes');
            $this->commands([
                InstallCommand::class, MakeSocketCommand::class, ProcessCommand::class, ProcessesCommand::class, SettingsCommand::class, new LaramanCommand,
                ...array_map(static fn (string $action): LaramanCommand => new LaramanCommand($action), array_keys(LaramanCommand::ACTIONS)),
            ]);

            if (OctaneHandler::available()) {
                // Registered after Octane's own commands, to replace them.
                $this->app->booted(fn () => $this->commands([StatusCommand::class, ReloadCommand::class, StopCommand::class]));
            }
        }
    }

    /** Closes sockets when the log-in of their session ends. */
    private function followLogins(): void
    {
        $events = $this->app->make(Dispatcher::class);
        $events->listen([Logout::class, CurrentDeviceLogout::class], static fn (Logout|CurrentDeviceLogout $event) => app(LoginListener::class)->loggedOut($event, request()));
        $events->listen(OtherDeviceLogout::class, static fn (OtherDeviceLogout $event) => app(LoginListener::class)->loggedOutElsewhere($event, request()));
        $events->listen(RequestHandled::class, static fn (RequestHandled $event) => LoginListener::settle(app(), $event->request));

        if (! self::$followsExits) {
            self::$followsExits = true;
            register_shutdown_function(static function (): void {
                if (app()->resolved('request') && ($request = request()) instanceof Request) {
                    LoginListener::settle(app(), $request);
                }
            });
        }
    }
}
