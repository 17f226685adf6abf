<?php

declare(strict_types=1);

namespace Laraman\Worker\Learning;

use Illuminate\Container\Attributes\Bind;
use Illuminate\Container\Container;
use Illuminate\Events\Dispatcher;
use Illuminate\Foundation\Application;
use Laraman\Persist;
use ReflectionClass;
use ReflectionProperty;

/**
 * Caches that the framework fills from code: the attributes of classes that the container has made, and the wildcard
 * listeners of events. They are the same for all jobs.
 */
#[Persist]
final class FrameworkCaches implements Habit
{
    private const MOST = 2000;

    /** @var array<string, bool> classes that the container has examined, and whether they have been examined in advance */
    private array $classes = [];

    /** @var array<string, bool> events */
    private array $events = [];

    public function note(Application $app): void
    {
        $this->classes += array_fill_keys($this->some($this->classes, self::classes($app)), false);
        $this->events += array_fill_keys($this->some($this->events, self::events($app)), false);
    }

    public function hasNew(): bool
    {
        return in_array(false, $this->classes, true) || in_array(false, $this->events, true);
    }

    public function make(Application $app): void
    {
        $container = new ReflectionClass(Container::class);

        foreach (self::open($this->classes) as $class) {
            $this->classes[$class] = true;

            foreach (['getScopedTyped', 'getConcreteBindingFromAttributes'] as $method) {
                if ($container->hasMethod($method) && class_exists($class, false) && (new ReflectionClass($class))->getAttributes(Bind::class) === []) {
                    $container->getMethod($method)->invoke($app, $class);
                }
            }
        }

        $dispatcher = self::dispatcher($app);

        foreach (self::open($this->events) as $event) {
            $this->events[$event] = true;
            $dispatcher?->getListeners($event);
        }
    }

    public function count(): int
    {
        return count($this->classes) + count($this->events);
    }

    /**
     * The new names, up to the maximum.
     *
     * @param  array<string, bool>  $known
     * @param  list<string>  $names
     * @return list<string>
     */
    private function some(array $known, array $names): array
    {
        return array_slice(array_values(array_filter($names, static fn (string $name): bool => ! isset($known[$name]))), 0, self::MOST - count($known));
    }

    /**
     * @param  array<string, bool>  $names
     * @return list<string>
     */
    private static function open(array $names): array
    {
        return array_keys(array_filter($names, static fn (bool $isMade): bool => ! $isMade));
    }

    /** @return list<string> */
    private static function classes(Application $app): array
    {
        $checked = self::property($app, Container::class, 'checkedForSingletonOrScopedAttributes') + self::property($app, Container::class, 'checkedForAttributeBindings');

        return array_values(array_filter(array_keys($checked), static fn (int|string $name): bool => is_string($name) && class_exists($name, false)));
    }

    /** @return list<string> only names that contain class names: other names may come from a client */
    private static function events(Application $app): array
    {
        $dispatcher = self::dispatcher($app);
        $names = $dispatcher === null ? [] : array_keys(self::property($dispatcher, Dispatcher::class, 'wildcardsCache'));

        return array_values(array_filter($names, static function (int|string $name): bool {
            $class = is_string($name) ? preg_replace('/^eloquent\.\w+: /', '', $name) : null;

            return is_string($class) && class_exists($class, false);
        }));
    }

    /**
     * A private array of the framework; empty in versions that do not have it.
     *
     * @param  class-string  $class
     * @return array<array-key, mixed>
     */
    private static function property(object $object, string $class, string $name): array
    {
        $value = property_exists($class, $name) ? (new ReflectionProperty($class, $name))->getValue($object) : [];

        return is_array($value) ? $value : [];
    }

    private static function dispatcher(Application $app): ?Dispatcher
    {
        $dispatcher = $app->make('events');

        return $dispatcher instanceof Dispatcher ? $dispatcher : null;
    }
}
