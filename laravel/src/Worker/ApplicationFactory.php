<?php

declare(strict_types=1);

namespace Laraman\Worker;

use Illuminate\Contracts\Config\Repository;
use Illuminate\Contracts\Foundation\MaintenanceMode;
use Illuminate\Contracts\Http\Kernel as KernelContract;
use Illuminate\Contracts\Routing\ResponseFactory;
use Illuminate\Foundation\Application;
use Illuminate\Foundation\Http\Kernel;
use Illuminate\Http\Request;
use Illuminate\Routing\Contracts\CallableDispatcher;
use Illuminate\Routing\Contracts\ControllerDispatcher;
use Laraman\Worker\Learning\WatchedDispatcher;
use ReflectionMethod;
use RuntimeException;

/**
 * Boots an application that handles many jobs.
 */
final class ApplicationFactory
{
    /** Services that are resolved once, before the first job. */
    private const WARM = [
        'auth', 'cache', 'config', 'cookie', 'db', 'db.factory', 'db.transactions', 'encrypter', 'files', 'hash', 'log', 'redirect',
        'router', 'routes', 'session', 'translator', 'url', 'view',
        CallableDispatcher::class, ControllerDispatcher::class, MaintenanceMode::class, ResponseFactory::class,
    ];

    public static function boot(string $basePath): Application
    {
        $app = require $basePath.'/bootstrap/app.php';

        if (! $app instanceof Application) {
            throw new RuntimeException("[$basePath/bootstrap/app.php] does not return the application.");
        }

        WatchedDispatcher::install($app);

        return self::prepare($app);
    }

    /** Boots an application that bootstrap/app.php has created. */
    public static function prepare(Application $app): Application
    {
        // Providers that ask for the request while booting get a stand-in, as they do under artisan.
        $app->instance('request', Request::create('http://localhost'));
        Request::enableHttpMethodParameterOverride();

        $kernel = $app->make(KernelContract::class);

        if (! $kernel instanceof Kernel) {
            throw new RuntimeException('The application\'s HTTP kernel does not extend '.Kernel::class.'.');
        }

        $bootstrappers = (new ReflectionMethod($kernel, 'bootstrappers'))->invoke($kernel);
        $app->bootstrapWith(array_filter((array) $bootstrappers, is_string(...)));
        $app->loadDeferredProviders();

        $url = $app->make(Repository::class)->get('app.url');
        $app->instance('request', Request::create(is_string($url) && $url !== '' ? $url : 'http://localhost'));

        foreach ([...self::WARM, ...self::stores($app), ...array_values((array) $app->make(Repository::class)->get('laraman.worker.warm', []))] as $service) {
            if (is_string($service) && $app->bound($service)) {
                $app->make($service);
            }
        }

        // Scoped instances that were resolved during boot.
        $app->forgetInstance('auth.driver');
        $app->forgetScopedInstances();

        return $app;
    }

    /**
     * The default cache and session, unless they use a connection: each job creates connections from its own configuration.
     *
     * @return list<string>
     */
    private static function stores(Application $app): array
    {
        $config = $app->make(Repository::class);
        $cache = $config->get('cache.default');
        $drivers = ['cache.store' => is_string($cache) ? $config->get("cache.stores.$cache.driver") : null, 'session.store' => $config->get('session.driver')];

        return array_keys(array_filter($drivers, static fn (mixed $driver): bool => in_array($driver, ['array', 'cookie', 'file', 'native', 'null'], true)));
    }
}
