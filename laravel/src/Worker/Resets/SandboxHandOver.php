<?php

declare(strict_types=1);

namespace Laraman\Worker\Resets;

use Closure;
use Illuminate\Auth\Access\Gate;
use Illuminate\Auth\AuthManager;
use Illuminate\Broadcasting\BroadcastManager;
use Illuminate\Cache\CacheManager;
use Illuminate\Contracts\Auth\Access\Gate as GateContract;
use Illuminate\Contracts\Http\Kernel as KernelContract;
use Illuminate\Contracts\Pipeline\Hub as HubContract;
use Illuminate\Database\DatabaseManager;
use Illuminate\Filesystem\FilesystemManager;
use Illuminate\Foundation\Application;
use Illuminate\Foundation\Http\Kernel;
use Illuminate\Log\LogManager;
use Illuminate\Mail\MailManager;
use Illuminate\Notifications\ChannelManager;
use Illuminate\Pipeline\Hub;
use Illuminate\Queue\QueueManager;
use Illuminate\Routing\CompiledRouteCollection;
use Illuminate\Routing\Router;
use Illuminate\Session\DatabaseSessionHandler;
use Illuminate\Session\SessionManager;
use Illuminate\Session\Store;
use Illuminate\Validation\Factory as ValidationFactory;
use Laraman\Worker\Reset;

/**
 * Hands the job's sandbox to the managers that hold an application, and makes those forget what they made for the job
 * before where that may hold one too.
 */
final class SandboxHandOver implements Reset
{
    /** @var list<array{object, Closure(object, Application): mixed}> */
    private array $held = [];

    /** @var array<string, Closure(object, Application): mixed> services that nobody has resolved in the base application so far */
    private array $waiting;

    public function __construct(private readonly Application $base)
    {
        $this->waiting = self::services();
    }

    public function reset(Application $sandbox): void
    {
        foreach ($this->waiting as $service => $handOver) {
            if ($this->base->resolved($service)) {
                unset($this->waiting[$service]);
                $instance = $this->base->make($service);

                if (is_object($instance)) {
                    $this->held[] = [$instance, $handOver];
                }
            }
        }

        foreach ($this->held as [$instance, $handOver]) {
            $handOver($instance, $sandbox);
        }
    }

    /** @return array<string, Closure(object, Application): mixed> */
    private static function services(): array
    {
        return [
            'auth' => static fn (object $auth, Application $app) => $auth instanceof AuthManager
                ? $auth->setApplication($app)->forgetGuards() : null,
            GateContract::class => static fn (object $gate, Application $app) => $gate instanceof Gate
                ? $gate->setContainer($app) : null,
            BroadcastManager::class => static fn (object $manager, Application $app) => $manager instanceof BroadcastManager
                ? $manager->setApplication($app) : null,
            'db' => static fn (object $manager, Application $app) => $manager instanceof DatabaseManager
                ? $manager->setApplication($app) : null,
            'session.store' => static fn (object $store, Application $app) => $store instanceof Store
                && ($handler = $store->getHandler()) instanceof DatabaseSessionHandler ? $handler->setContainer($app) : null,
            'session' => static fn (object $manager, Application $app) => $manager instanceof SessionManager
                ? $manager->setContainer($app) : null,
            'filesystem' => static fn (object $manager, Application $app) => $manager instanceof FilesystemManager
                ? $manager->setApplication($app) : null,
            KernelContract::class => static fn (object $kernel, Application $app) => $kernel instanceof Kernel
                ? $kernel->setApplication($app) : null,
            'mail.manager' => static fn (object $manager, Application $app) => $manager instanceof MailManager
                ? $manager->setApplication($app)->forgetMailers() : null,
            ChannelManager::class => static fn (object $manager, Application $app) => $manager instanceof ChannelManager
                ? $manager->setContainer($app)->forgetDrivers() : null,
            HubContract::class => static fn (object $hub, Application $app) => $hub instanceof Hub
                ? $hub->setContainer($app) : null,
            'cache' => static fn (object $manager, Application $app) => $manager instanceof CacheManager
                ? $manager->setApplication($app) : null,
            'queue' => static fn (object $manager, Application $app) => $manager instanceof QueueManager
                ? $manager->setApplication($app) : null,
            'router' => static fn (object $router, Application $app) => $router instanceof Router
                ? self::router($router, $app) : null,
            'validator' => static fn (object $factory, Application $app) => $factory instanceof ValidationFactory
                ? $factory->setContainer($app) : null,
            'log' => static fn (object $manager, Application $app) => $manager instanceof LogManager
                ? $manager->setApplication($app) : null,
        ];
    }

    private static function router(Router $router, Application $app): void
    {
        $router->setContainer($app);
        $routes = $router->getRoutes();

        if ($routes instanceof CompiledRouteCollection) {
            $routes->setContainer($app);
        }
    }
}
