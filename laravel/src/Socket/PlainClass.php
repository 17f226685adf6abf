<?php

declare(strict_types=1);

namespace Laraman\Socket;

use Closure;
use Illuminate\Container\Container;
use ReflectionClass;

/**
 * Tells for which classes the container adds nothing to `new`: those events make without it, since a make() costs a tenth
 * of an event.
 */
final class PlainClass
{
    /**
     * Whether nothing is bound to the class, its constructor takes nothing, it has no attributes, and nobody waits for it
     * to be resolved. Callbacks that are registered later, while jobs run, are not seen.
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
     * Whether the container has callbacks for everything, and the types that it has others for.
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
