<?php

declare(strict_types=1);

namespace Laraman\Tests\Worker;

use Illuminate\Contracts\Events\Dispatcher;
use Illuminate\Database\Eloquent\Attributes\ObservedBy;
use Illuminate\Database\Eloquent\Attributes\ScopedBy;
use Illuminate\Database\Eloquent\Builder;
use Illuminate\Database\Eloquent\Model;
use Illuminate\Database\Eloquent\Scope;
use Illuminate\Database\Eloquent\SoftDeletes;
use Laraman\Tests\TestCase;
use Laraman\Worker\Learning;
use PHPUnit\Framework\Attributes\DataProvider;

final class LearningTest extends TestCase
{
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
    public function test_a_model_boots_beforehand_if_no_code_of_the_application_takes_part(string $model, bool $alone): void
    {
        $events = $this->app->make(Dispatcher::class);
        $events->listen('eloquent'.'.booted: '.HeardModel::class, static fn () => null);
        Model::clearBootedModels();
        new $model;

        $learning = new Learning(['/no/such/application']);
        self::assertSame($alone, $learning->observe($events));
        Model::clearBootedModels();
        $learning->apply();
        self::assertSame($alone, self::isBooted($model));
    }

    public function test_it_asks_only_for_what_is_new(): void
    {
        $events = $this->app->make(Dispatcher::class);
        $learning = new Learning(['/no/such/application']);
        new PlainModel;

        self::assertTrue($learning->observe($events));
        $learning->apply();

        for ($job = 0; $job < 100; $job++) {
            self::assertFalse($learning->observe($events));
        }
    }

    public function test_a_model_that_fails_to_boot_is_left_to_the_jobs(): void
    {
        $events = $this->app->make(Dispatcher::class);
        $learning = new Learning(['/no/such/application']);
        new PlainModel;
        $learning->observe($events);
        Model::clearBootedModels();
        $events->listen('eloquent'.'.booting: '.PlainModel::class, static fn () => throw new \RuntimeException('late'));
        $learning->apply();
        $events->forget('eloquent'.'.booting: '.PlainModel::class);
        Model::clearBootedModels();
        $learning->apply();

        self::assertFalse(self::isBooted(PlainModel::class));
    }

    public function test_a_model_on_whose_boot_a_job_listens_boots_in_each_job_from_then_on(): void
    {
        $events = $this->app->make(Dispatcher::class);
        $learning = new Learning(['/no/such/application']);
        new PlainModel;
        self::assertTrue($learning->observe($events));
        $learning->apply();

        $events->listen('eloquent'.'.booted: '.PlainModel::class, static fn () => null);
        self::assertTrue($learning->observe($events));
        $events->forget('eloquent'.'.booted: '.PlainModel::class);
        $learning->apply();
        self::assertFalse(self::isBooted(PlainModel::class));
    }

    public function test_nothing_boots_beforehand_where_the_application_names_those_events(): void
    {
        mkdir($directory = sys_get_temp_dir().'/laraman-learning-'.getmypid());
        file_put_contents("$directory/Tenancy.php", '<?php Event::listen("eloquent'.'.booted: *", fn () => null);');
        new PlainModel;
        $learns = (new Learning([$directory]))->observe($this->app->make(Dispatcher::class));
        unlink("$directory/Tenancy.php");
        rmdir($directory);

        self::assertFalse($learns);
    }

    private static function isBooted(string $model): bool
    {
        return (bool) \Closure::bind(static fn (): bool => isset(Model::$booted[$model]), null, Model::class)();
    }
}

class PlainModel extends Model
{
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
