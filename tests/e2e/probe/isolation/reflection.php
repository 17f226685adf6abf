<?php

declare(strict_types=1);

/*
| Every static property of Laravel's classes, and every property of every object in the container when a job begins,
| including those of new versions. name => [change, read].
*/

use App\Isolation\Digest;
use App\Isolation\Framework;
use Illuminate\Contracts\Container\Container;

$kinds = [];

foreach (Framework::classes() as $class) {
    foreach ((new ReflectionClass($class))->getProperties(ReflectionProperty::IS_STATIC) as $property) {
        if ($property->getDeclaringClass()->name === $class) {
            $kinds["$class::\$$property->name"] = [
                static fn () => Framework::change($property),
                static fn () => $property->isInitialized() ? $property->getValue() : 'uninitialized',
            ];
        }
    }
}

foreach (Framework::instances() as $name => $object) {
    foreach ($object instanceof Container ? [] : Framework::properties($object) as $property) {
        if (in_array($property->name, Digest::LEARNED, true)) {
            continue;
        }

        $kinds["$name: {$property->class}->$property->name"] = [
            static fn () => Framework::change($property, $object),
            static fn () => $property->isInitialized($object) ? $property->getValue($object) : 'uninitialized',
        ];
    }
}

return $kinds;
