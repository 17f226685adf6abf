<?php

declare(strict_types=1);

namespace Laraman\Tests\Worker;

use Illuminate\Container\Container;
use Illuminate\Contracts\Events\Dispatcher;
use Illuminate\Database\Eloquent\Attributes\ObservedBy;
use Illuminate\Database\Eloquent\Attributes\ScopedBy;
use Illuminate\Database\Eloquent\Builder;
use Illuminate\Database\Eloquent\Model;
use Illuminate\Database\Eloquent\Scope;
use Illuminate\Database\Eloquent\SoftDeletes;
use Illuminate\Events\Dispatcher as EventDispatcher;
use Illuminate\Foundation\Application;
use Illuminate\Http\Request;
use Illuminate\Routing\CompiledRouteCollection;
use Illuminate\Routing\Controllers\HasMiddleware;
use Illuminate\Routing\Router;
use Laraman\Tests\TestCase;
use Laraman\Worker\Learning\BootedModels;
use Laraman\Worker\Learning\FrameworkCaches;
use Laraman\Worker\Learning\Learning;
use Laraman\Worker\Learning\UsedRoutes;
use Laraman\Worker\Learning\WatchedDispatcher;
use PHPUnit\Framework\Attributes\DataProvider;
use ReflectionProperty;

final class LearningTest extends TestCase
{
    private WatchedDispatcher $dispatcher;

    protected function setUp(): void
    {
        parent::setUp();
        Model::clearBootedModels();
        $this->app->instance('events', $this->dispatcher = new WatchedDispatcher($this->app));
        Model::setEventDispatcher($this->dispatcher);
    }

    /** @return array<string, array{class-string<Model>, bool}> */
    public static function models(): array
    {
        return [
            'a model without code that boots' => [PlainModel::class, true],
            'one with a trait of the framework' => [SoftModel::class, true],
            'booted()' => [BootedModel::class, false],
            'booted() of its parent' => [ChildOfBooted::class, false],
            'a constructor of its own' => [ConstructedModel::class, false],
            'a trait of the application that boots' => [TenantModel::class, false],
            'a trait of the application that initializes' => [InitializedModel::class, false],
            'a scope by attribute' => [ScopedModel::class, false],
            'an observer by attribute' => [ObservedModel::class, false],
            'a listener on its boot' => [HeardModel::class, false],
        ];
    }

    /** @param  class-string<Model>  $model */
    #[DataProvider('models')]
    public function test_a_model_boots_in_advance_if_its_boot_runs_no_application_code(string $model, bool $alone): void
    {
        $events = $this->app->make(Dispatcher::class);
        $events->listen('eloquent.booted: '.HeardModel::class, static fn () => null);
        Model::clearBootedModels();
        new $model;

        $learning = $this->app->make(BootedModels::class);
        $learning->note($this->app);
        self::assertSame($alone, $learning->hasNew());
        Model::clearBootedModels();
        $learning->make($this->app);
        self::assertSame($alone, self::isBooted($model));
    }

    public function test_only_new_results_are_computed(): void
    {
        $events = $this->app->make(Dispatcher::class);
        $learning = $this->app->make(Learning::class);
        new PlainModel;

        self::assertTrue($learning->observe($this->app));
        $learning->make($this->app);

        for ($job = 0; $job < 100; $job++) {
            self::assertFalse($learning->observe($this->app));
        }
    }

    public function test_a_model_that_fails_to_boot_is_left_to_the_jobs(): void
    {
        $events = $this->app->make(Dispatcher::class);
        $learning = $this->app->make(Learning::class);
        new PlainModel;
        $learning->observe($this->app);
        Model::clearBootedModels();
        $events->listen('eloquent.booting: '.PlainModel::class, static fn () => throw new \RuntimeException('late'));
        $learning->make($this->app);
        $events->forget('eloquent.booting: '.PlainModel::class);
        Model::clearBootedModels();
        $learning->make($this->app);

        self::assertFalse(self::isBooted(PlainModel::class));
    }

    /** @return array<string, array{string, bool}> */
    public static function listeners(): array
    {
        return [
            'its name' => ['eloquent.booted: '.PlainModel::class, true],
            'booting' => ['eloquent.booting: '.PlainModel::class, true],
            'all models' => ['eloquent.booted: *', true],
            'all events of models' => ['eloquent.*', true],
            'all events' => ['*', true],
            'of another model' => ['eloquent.booted: '.SoftModel::class, false],
            'another event of it' => ['eloquent.created: '.PlainModel::class, false],
        ];
    }

    #[DataProvider('listeners')]
    public function test_a_job_that_listens_to_the_boot_of_a_model_hears_it(string $event, bool $hears): void
    {
        $learning = $this->app->make(BootedModels::class);
        new PlainModel;
        $learning->note($this->app);
        Model::clearBootedModels();
        $learning->make($this->app);

        $heard = 0;
        $this->dispatcher->listen([$event], static function (mixed ...$arguments) use (&$heard): void {
            $heard++;
        });
        self::assertSame(! $hears, self::isBooted(PlainModel::class));
        new PlainModel;
        self::assertSame($hears, $heard > 0);
        self::assertTrue(self::isBooted(PlainModel::class));

        // Once.
        $this->dispatcher->listen('eloquent.boot*', static fn () => null);
        self::assertSame($hears, self::isBooted(PlainModel::class));
    }

    public function test_no_model_boots_in_advance_with_another_dispatcher(): void
    {
        $this->app->instance('events', new EventDispatcher($this->app));
        $learning = new BootedModels;
        new PlainModel;
        $learning->note($this->app);

        self::assertFalse($learning->hasNew());
    }

    public function test_the_dispatcher_keeps_the_state_of_laravels_own(): void
    {
        $app = new Application(__DIR__);
        WatchedDispatcher::install($app);
        $dispatcher = $app->make('events');
        self::assertInstanceOf(WatchedDispatcher::class, $dispatcher);
        $app->instance('queue', 'the queue');
        self::assertSame('the queue', \Closure::bind(fn (): mixed => $this->resolveQueue(), $dispatcher, EventDispatcher::class)());
        self::assertSame($dispatcher, $app->make(Dispatcher::class));
    }

    public function test_a_cached_route_that_jobs_use_is_made_in_advance(): void
    {
        $router = $this->app->make(Router::class);
        $router->get('/used', static fn (): string => 'used')->name('used');
        $router->get('/unused', static fn (): string => 'unused')->name('unused');
        $this->compileRoutes($router);
        $learning = new UsedRoutes;
        $learning->note($this->app);
        self::assertFalse($learning->hasNew());

        $router->getRoutes()->match(Request::create('/used'));
        $learning->note($this->app);
        self::assertTrue($learning->hasNew());

        $this->compileRoutes($router);
        $learning->make($this->app);
        self::assertFalse($learning->hasNew());
        self::assertSame(['used'], $this->madeRoutes($router));
    }

    public function test_a_controller_is_not_asked_for_its_middleware_in_advance(): void
    {
        $router = $this->app->make(Router::class);
        $router->get('/asked', AskedController::class)->name('asked');
        $this->compileRoutes($router);
        $learning = new UsedRoutes;
        $router->getRoutes()->match(Request::create('/asked'));
        $learning->note($this->app);
        $this->compileRoutes($router);
        AskedController::$asked = 0;
        $learning->make($this->app);

        self::assertSame(['asked'], $this->madeRoutes($router));
        self::assertSame(0, AskedController::$asked);
    }

    public function test_the_container_looks_at_a_class_once_for_all_jobs(): void
    {
        $this->app->make(PlainService::class);
        $learning = new FrameworkCaches;
        $learning->note($this->app);
        self::assertTrue($learning->hasNew());

        $app = $this->boot();
        $learning->make($app);
        self::assertArrayHasKey(PlainService::class, (array) (new ReflectionProperty(Container::class, 'checkedForSingletonOrScopedAttributes'))->getValue($app));
        self::assertFalse($app->resolved(PlainService::class));
        self::assertSame(1, PlainService::$made);
    }

    private function compileRoutes(Router $router): void
    {
        $router->setCompiledRoutes($router->getRoutes()->compile());
    }

    /** @return list<array-key> */
    private function madeRoutes(Router $router): array
    {
        return array_keys((array) (new ReflectionProperty(CompiledRouteCollection::class, 'nameCache'))->getValue($router->getRoutes()));
    }

    private static function isBooted(string $model): bool
    {
        return (bool) \Closure::bind(static fn (): bool => isset(Model::$booted[$model]), null, Model::class)();
    }
}

class PlainModel extends Model
{
}

final class PlainService
{
    public static int $made = 0;

    public function __construct()
    {
        self::$made++;
    }
}

final class AskedController implements HasMiddleware
{
    public static int $asked = 0;

    public function __invoke(): string
    {
        return 'asked';
    }

    public static function middleware(): array
    {
        self::$asked++;

        return [];
    }
}

class SoftModel extends Model
{
    use SoftDeletes;
}

class BootedModel extends Model
{
    protected static function booted(): void
    {
    }
}

class ChildOfBooted extends BootedModel
{
}

class ConstructedModel extends Model
{
    public function __construct()
    {
        parent::__construct();
    }
}

trait BelongsToTenant
{
    protected static function bootBelongsToTenant(): void
    {
    }
}

class TenantModel extends Model
{
    use BelongsToTenant;
}

trait HasDefaults
{
    protected function initializeHasDefaults(): void
    {
    }
}

class InitializedModel extends Model
{
    use HasDefaults;
}

final class NoScope implements Scope
{
    /** @param  Builder<Model>  $builder */
    public function apply(Builder $builder, Model $model): void
    {
    }
}

#[ScopedBy(NoScope::class)]
class ScopedModel extends Model
{
}

final class NoObserver
{
}

#[ObservedBy(NoObserver::class)]
class ObservedModel extends Model
{
}

class HeardModel extends Model
{
}
