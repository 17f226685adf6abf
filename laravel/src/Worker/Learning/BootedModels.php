<?php

declare(strict_types=1);

namespace Laraman\Worker\Learning;

use Closure;
use Illuminate\Contracts\Events\Dispatcher;
use Illuminate\Database\Eloquent\Attributes\Boot;
use Illuminate\Database\Eloquent\Attributes\Initialize;
use Illuminate\Database\Eloquent\Attributes\ObservedBy;
use Illuminate\Database\Eloquent\Attributes\ScopedBy;
use Illuminate\Database\Eloquent\Model;
use Illuminate\Foundation\Application;
use Illuminate\Support\Str;
use Laraman\Persist;
use ReflectionClass;
use ReflectionFunction;
use ReflectionFunctionAbstract;
use ReflectionMethod;
use Throwable;

/**
 * Model classes that jobs boot, and the values that they derive from the names of a model and its attributes.
 *
 * A model boots in advance only if its boot runs no application code: such code may depend on the user, as a tenant's scope
 * does. Other models boot in each job, as under php-fpm.
 */
#[Persist]
final class BootedModels implements Habit
{
    /** Names in events of the form "eloquent.NAME: CLASS". */
    private const EVENTS = ['booting', 'booted'];

    /** Maximum number of a model's attributes. */
    private const MOST_ATTRIBUTES = 200;

    /** @var array<class-string<Model>, array<string, true>> models that boot in advance, and their attributes */
    private array $models = [];

    /** @var array<string, true> models that have been examined */
    private array $known = [];

    /** @var list<class-string<Model>> models that have booted */
    private array $made = [];

    private bool $hasNew = false;

    public function note(Application $app): void
    {
        $events = $app->make('events');

        // Another dispatcher would not report that a job listens.
        if (! class_exists(Model::class, false) || ! $events instanceof WatchedDispatcher) {
            return;
        }

        /** @var Closure(): list<string> $booted */
        $booted = Closure::bind(static fn (): array => array_keys(Model::$booted), null, Model::class);

        foreach (array_diff($booted(), array_keys($this->known)) as $model) {
            $this->known[$model] = true;

            if (is_subclass_of($model, Model::class) && self::bootsAlone($model, $events)) {
                $this->models[$model] = [];
                $this->hasNew = true;
            }
        }

        foreach ($this->models as $model => $attributes) {
            $new = array_diff_key(self::attributes($model), $attributes);

            if ($new !== [] && count($attributes) + count($new) <= self::MOST_ATTRIBUTES) {
                $this->models[$model] += $new;
                $this->hasNew = true;
            }
        }
    }

    /**
     * Marks models that have booted in advance as not booted, if a listener for their boot now exists, and returns them. They
     * boot again when the job first uses them. Their boot runs only framework code, so it may be repeated.
     *
     * @param  list<string>  $but
     * @return list<string>
     */
    public function unbootHeard(Dispatcher $events, array $but): array
    {
        $heard = array_values(array_filter(array_diff($this->made, $but), static fn (string $model): bool => self::isHeard($model, $events)));
        Closure::bind(static function (string ...$models): void {
            foreach ($models as $model) {
                unset(Model::$booted[$model], Model::$bootedCallbacks[$model], Model::$globalScopes[$model]);
            }
        }, null, Model::class)(...$heard);

        return $heard;
    }

    public function hasNew(): bool
    {
        return $this->hasNew;
    }

    public function make(Application $app): void
    {
        $this->hasNew = false;

        foreach ($this->models as $model => $attributes) {
            try {
                self::workOut(new $model, array_map(strval(...), array_keys($attributes)));
            } catch (Throwable) {
                unset($this->models[$model]);  // its boot will throw in the jobs that use it
                self::forgetBoot($model);
            }
        }

        $this->made = array_keys($this->models);
    }

    public function count(): int
    {
        return count($this->models);
    }

    /** Laravel 13 records that a boot is under way, even if it has thrown, and then refuses to boot again. */
    private static function forgetBoot(string $model): void
    {
        $class = new ReflectionClass(Model::class);
        $booting = $class->hasProperty('booting') ? $class->getStaticPropertyValue('booting') : null;

        if (is_array($booting)) {
            $class->setStaticPropertyValue('booting', array_diff_key($booting, [$model => true]));
        }
    }

    /**
     * Computes the names of a model's table and key, and whether its attributes have accessors and mutators.
     *
     * @param  list<string>  $attributes
     */
    private static function workOut(Model $model, array $attributes): void
    {
        foreach (['getTable', 'getForeignKey'] as $method) {
            self::isOfFramework(new ReflectionMethod($model, $method)) && $model->$method();
        }

        foreach (['hasGetMutator', 'hasAttributeGetMutator', 'hasSetMutator', 'hasAttributeSetMutator'] as $method) {
            if (! method_exists($model, $method) || ! self::isOfFramework(new ReflectionMethod($model, $method))) {
                continue;
            }

            foreach ($attributes as $attribute) {
                method_exists($model, Str::camel($attribute)) || $model->$method($attribute);
            }
        }
    }

    /**
     * The attributes whose accessors a job has looked up.
     *
     * @return array<string, true>
     */
    private static function attributes(string $model): array
    {
        /** @var list<array<string, array<string, bool>>> $caches */
        $caches = Closure::bind(static fn (): array => [self::$attributeMutatorCache, self::$getAttributeMutatorCache, self::$setAttributeMutatorCache], null, Model::class)();
        $attributes = [];

        foreach ($caches as $cache) {
            foreach (array_keys($cache[$model] ?? []) as $attribute) {
                if (preg_match('/^[a-z_]\w{0,63}$/iD', $attribute) === 1) {
                    $attributes[$attribute] = true;
                }
            }
        }

        return $attributes;
    }

    private static function isHeard(string $model, Dispatcher $events): bool
    {
        foreach (self::EVENTS as $event) {
            if ($events->hasListeners("eloquent.$event: $model")) {
                return true;
            }
        }

        return false;
    }

    /** @param  class-string<Model>  $model */
    private static function bootsAlone(string $model, Dispatcher $events): bool
    {
        $class = new ReflectionClass($model);

        foreach (['__construct', 'booting', 'boot', 'booted'] as $method) {
            if (! self::isOfFramework(new ReflectionMethod($model, $method))) {
                return false;
            }
        }

        foreach (class_uses_recursive($model) as $trait) {
            foreach (['boot', 'initialize'] as $prefix) {
                if (method_exists($model, $method = $prefix.class_basename($trait)) && ! self::isOfFramework(new ReflectionMethod($model, $method))) {
                    return false;
                }
            }
        }

        foreach ($class->getMethods() as $method) {
            // Since Laravel 13 methods of the framework also have these attributes.
            if ([...$method->getAttributes(Boot::class), ...$method->getAttributes(Initialize::class)] !== [] && ! self::isOfFramework($method)) {
                return false;
            }
        }

        /** @var array<string, class-string> $traits */
        $traits = class_uses_recursive($model);

        foreach ([$class, ...self::parents($class), ...array_map(static fn (string $trait) => new ReflectionClass($trait), $traits)] as $one) {
            if ([...$one->getAttributes(ObservedBy::class), ...$one->getAttributes(ScopedBy::class)] !== []) {
                return false;
            }
        }

        /** @var list<Closure> $callbacks */
        $callbacks = Closure::bind(static fn (): mixed => Model::$bootedCallbacks[$model] ?? [], null, Model::class)();

        foreach ($callbacks as $callback) {
            if (! self::isOfFramework(new ReflectionFunction($callback))) {
                return false;
            }
        }

        return ! self::isHeard($model, $events);
    }

    /** Compares files, since the class of a trait's method is the class that uses the trait. */
    private static function isOfFramework(ReflectionFunctionAbstract $function): bool
    {
        $of = new ReflectionClass(Model::class);

        return str_starts_with((string) $function->getFileName(), dirname((string) $of->getFileName(), 2).'/');
    }

    /**
     * @param  ReflectionClass<Model>  $class
     * @return list<ReflectionClass<object>>
     */
    private static function parents(ReflectionClass $class): array
    {
        $parents = [];

        for ($parent = $class->getParentClass(); $parent !== false; $parent = $parent->getParentClass()) {
            $parents[] = $parent;
        }

        return $parents;
    }
}
