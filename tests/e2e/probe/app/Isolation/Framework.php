<?php

declare(strict_types=1);

namespace App\Isolation;

use ArrayObject;
use Closure;
use Error;
use FilesystemIterator;
use Illuminate\Routing\Route;
use Laraman\Persist;
use LogicException;
use RecursiveDirectoryIterator;
use RecursiveIteratorIterator;
use ReflectionClass;
use ReflectionProperty;
use SplFileInfo;
use stdClass;
use TypeError;

/**
 * Laravel by reflection.
 */
final class Framework
{
    /** @return list<class-string> each class of Laravel that can be loaded here */
    public static function classes(): array
    {
        $base = base_path('vendor/laravel/framework/src/Illuminate/');
        $classes = [];

        /** @var SplFileInfo $file */
        foreach (new RecursiveIteratorIterator(new RecursiveDirectoryIterator($base, FilesystemIterator::SKIP_DOTS)) as $file) {
            $path = substr($file->getPathname(), strlen($base));

            if ($file->getExtension() !== 'php' || ! ctype_upper($file->getFilename()[0]) || preg_match('~/(stubs|resources|migrations)/~', $path) === 1) {
                continue;
            }

            $path = (string) preg_replace('~^(Collections|Conditionable|Macroable|Reflection)/~', 'Support/', substr($path, 0, -4));
            $class = 'Illuminate\\'.strtr($path, '/', '\\');

            try {
                if (class_exists($class)) {
                    $classes[] = $class;
                }
            } catch (Error) {
                // Its parent belongs to a package that is not installed, such as PHPUnit.
            }
        }

        sort($classes);

        return $classes;
    }

    /** @return array<string, object> what the container keeps, by name, but for what is meant to live on */
    public static function instances(): array
    {
        $instances = (new ReflectionProperty(\Illuminate\Container\Container::class, 'instances'))->getValue(app());

        unset($instances['request'], $instances[Holder::class], $instances[Route::class]);  // a job's own objects, and objects with separate kinds

        return array_filter((array) $instances, static fn (mixed $one): bool => is_object($one) && ! self::livesOn($one));
    }

    public static function livesOn(object $object): bool
    {
        return (new ReflectionClass($object))->getAttributes(Persist::class) !== [];
    }

    /** @return iterable<ReflectionProperty> of an object, private ones of its parents too */
    public static function properties(object $object): iterable
    {
        for ($class = new ReflectionClass($object); $class !== false; $class = $class->getParentClass()) {
            foreach ($class->isInternal() ? [] : $class->getProperties() as $property) {
                if (! $property->isStatic() && ! $property->isReadOnly() && $property->getDeclaringClass()->name === $class->name) {
                    yield $property;
                }
            }
        }
    }

    /** Sets a property to another value of its type. */
    public static function change(ReflectionProperty $property, ?object $of = null): void
    {
        $value = ($of === null ? $property->isInitialized() : $property->isInitialized($of)) ? $property->getValue($of) : null;

        foreach ([self::other($value), ...self::emptyOf($value), 7, 'seven', [7], true, new ArrayObject, null] as $other) {
            try {
                if ($other !== $value) {
                    $property->setValue($of, $other);

                    return;
                }
            } catch (TypeError) {
                // Try the next value.
            }
        }

        throw new LogicException('It takes no other value.');
    }

    private static function other(mixed $value): mixed
    {
        return match (true) {
            is_int($value), is_float($value) => $value + 1,
            is_bool($value) => ! $value,
            is_string($value) => $value.'changed',
            is_array($value) => [...$value, 'changed' => new stdClass],
            $value instanceof Closure => static fn () => 'changed',
            default => new stdClass,
        };
    }

    /** @return list<object> an object of the same class, without its properties */
    private static function emptyOf(mixed $value): array
    {
        $class = is_object($value) ? new ReflectionClass($value) : null;

        return $class === null || $class->isInternal() || $class->isEnum() ? [] : [$class->newInstanceWithoutConstructor()];
    }
}
