<?php

declare(strict_types=1);

namespace Laraman\Worker;

use Closure;
use FilesystemIterator;
use Illuminate\Contracts\Events\Dispatcher;
use Illuminate\Database\Eloquent\Attributes\Boot;
use Illuminate\Database\Eloquent\Attributes\Initialize;
use Illuminate\Database\Eloquent\Attributes\ObservedBy;
use Illuminate\Database\Eloquent\Attributes\ScopedBy;
use Illuminate\Database\Eloquent\Model;
use Laraman\Persist;
use RecursiveDirectoryIterator;
use RecursiveIteratorIterator;
use ReflectionClass;
use ReflectionFunction;
use ReflectionFunctionAbstract;
use ReflectionMethod;
use SplFileInfo;
use Throwable;

/**
 * Notes what the jobs of a worker make again and again, so that it can be made once, in the state in which no job is:
 * model classes that boot. Nothing that a job itself has made is ever kept.
 *
 * A model boots beforehand only if no code of the application's own takes part: its boot may depend on the user, as that
 * of a tenant's scope does. The others boot in each job, as under php-fpm.
 */
#[Persist]
final class Learning
{
    /** After these numbers of jobs it is worth to look whether there is something new. */
    private const LOOKS = [1, 4, 16, 64, 256, 1024, 4096];

    private int $jobs = 0;

    /** @var array<class-string<Model>, true> that boot beforehand */
    private array $models = [];

    /** @var array<string, true> that were looked at */
    private array $known = [];

    /** @var list<string> that are not to be booted beforehand any more */
    private array $forgotten = [];

    private bool $hasNew = false;

    private ?bool $isWanted = null;

    /** @param  list<string>  $applicationPaths  directories of the application's code */
    public function __construct(private readonly array $applicationPaths)
    {
    }

    /** A job is over, and its state still there. Whether there is something to make in the clean state. */
    public function observe(Dispatcher $events): bool
    {
        if (! class_exists(Model::class, false) || ! ($this->isWanted ??= ! $this->listensToBoots())) {
            return false;
        }

        $this->jobs++;
        $this->forgetHeard($events);

        /** @var Closure(): list<string> $booted */
        $booted = Closure::bind(static fn (): array => array_keys(Model::$booted), null, Model::class);

        foreach (array_diff($booted(), array_keys($this->known)) as $model) {
            $this->known[$model] = true;

            if (is_subclass_of($model, Model::class) && self::bootsAlone($model, $events)) {
                $this->models[$model] = true;
                $this->hasNew = true;
            }
        }

        return $this->hasNew && ($this->forgotten !== [] || in_array($this->jobs, self::LOOKS, true));
    }

    /** Makes it. */
    public function apply(): void
    {
        $this->hasNew = false;
        Closure::bind(static function (string ...$models): void {
            foreach ($models as $model) {
                unset(Model::$booted[$model], Model::$bootedCallbacks[$model], Model::$globalScopes[$model]);
            }
        }, null, Model::class)(...$this->forgotten);
        $this->forgotten = [];

        foreach (array_keys($this->models) as $model) {
            try {
                new $model;
            } catch (Throwable) {
                unset($this->models[$model]);  // it will throw in the jobs that use it
            }
        }
    }

    /** A job has set up a listener on the boot of a model that had booted before: from now on it boots in each job. */
    private function forgetHeard(Dispatcher $events): void
    {
        foreach (array_keys($this->models) as $model) {
            if (self::isHeard($model, $events)) {
                unset($this->models[$model]);
                $this->forgotten[] = $model;
                $this->hasNew = true;
            }
        }
    }

    /** Whether code of the application, or of what it uses, names the events of a model's boot: then listeners may come in a job. */
    private function listensToBoots(): bool
    {
        foreach (array_unique([...$this->filesOfApplication(), ...get_included_files()]) as $file) {
            if (is_file($file) && preg_match('/eloquent\.(boot|\*)/', (string) file_get_contents($file)) === 1) {
                return true;
            }
        }

        return false;
    }

    /** @return list<string> */
    private function filesOfApplication(): array
    {
        $files = [];

        foreach (array_filter($this->applicationPaths, is_dir(...)) as $path) {
            /** @var SplFileInfo $file */
            foreach (new RecursiveIteratorIterator(new RecursiveDirectoryIterator($path, FilesystemIterator::SKIP_DOTS)) as $file) {
                if ($file->getExtension() === 'php') {
                    $files[] = $file->getPathname();
                }
            }
        }

        return $files;
    }

    private static function isHeard(string $model, Dispatcher $events): bool
    {
        foreach (['booting', 'booted'] as $event) {
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
            if ([...$method->getAttributes(Boot::class), ...$method->getAttributes(Initialize::class)] !== []) {
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

    /** Of a trait's method the file says it: its class is the one that uses the trait. */
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
