<?php

declare(strict_types=1);

namespace Laraman\Socket;

use Closure;
use Illuminate\Container\Container;
use ReflectionClass;

/**
 * Detects classes for which the container does no more than `new`: events create these without the container, since a make()
 * takes a tenth of an event's time.
 */
final class PlainClass
{
    /**
     * Whether the class has no binding, no constructor parameters, no attributes and no resolving callbacks. Callbacks that
     * are registered later, while jobs run, are ignored.
     */
    public static function is(Container $container, string $class): bool
    {
        if ($container->bound($class) || ! class_exists($class)) {
            return false;
        }

        $reflection = new ReflectionClass($class);

        $parameters = $reflection->getConstructor()?->getNumberOfParameters() ?? 0;

        if (! $reflection->isInstantiable() || $reflection->getAttributes() !== [] || $parameters > 0) {
            return false;
        }

        ['global' => $global, 'types' => $types] = self::callbacks($container);

        return ! $global && array_filter($types, static fn (string $type): bool => is_a($class, $type, true)) === [];
    }

    /**
     * Whether the container has callbacks for all classes, and the types that have other callbacks.
     *
     * @return array{global: bool, types: list<string>}
     */
    private static function callbacks(Container $container): array
    {
        /** @var Closure(): array{global: bool, types: list<string>} $read */
        $read = Closure::bind(fn (): array => [
            'global' => [...$this->globalBeforeResolvingCallbacks, ...$this->globalResolvingCallbacks, ...$this->globalAfterResolvingCallbacks] !== [],
            'types' => array_map(strval(...), array_keys(
                $this->beforeResolvingCallbacks + $this->resolvingCallbacks + $this->afterResolvingCallbacks,
            )),
        ], $container, Container::class);

        return $read();
    }
}
