<?php

declare(strict_types=1);

/*
| A worker's script that reports PHP's whole state, and can change all of it: every static property, and every property of
| every object that the application reaches, except persistent ones. With "framework" in the query the job loads all
| classes of Laravel first.
*/

use Illuminate\Contracts\Http\Kernel;
use Illuminate\Http\Request;
use Laraman\Native\RequestJob;
use Laraman\Persist;
use Laraman\Worker\ApplicationFactory;

use function Laraman\Native\isolate;
use function Laraman\Native\respond;
use function Laraman\Native\serve;

require getenv('LARAMAN_APP').'/vendor/autoload.php';

/** A value without the contents of its objects. */
function digest(mixed $value): string
{
    return match (true) {
        is_object($value) => $value::class.'#'.spl_object_id($value),
        is_array($value) => '['.implode(',', array_map(static fn (int|string $key): string => "$key:".digest($value[$key]), array_keys($value))).']',
        is_resource($value) => 'resource '.get_resource_id($value),
        default => serialize($value),
    };
}

/** @return list<object> in a value, however deep in arrays */
function objects(mixed $value): array
{
    return is_object($value) ? [$value] : (is_array($value) ? array_merge(...array_map(objects(...), array_values($value))) : []);
}

/** @return iterable<ReflectionProperty> */
function properties(object $object): iterable
{
    for ($class = new ReflectionClass($object); $class !== false; $class = $class->getParentClass()) {
        foreach ($class->getProperties() as $property) {
            if (! $property->isStatic() && $property->getDeclaringClass()->name === $class->name) {
                yield $property;
            }
        }
    }
}

/** @return iterable<ReflectionProperty> */
function statics(): iterable
{
    foreach (get_declared_classes() as $name) {
        $class = new ReflectionClass($name);

        foreach ($class->isUserDefined() ? $class->getProperties(ReflectionProperty::IS_STATIC) : [] as $property) {
            if ($property->getDeclaringClass()->name === $name && $property->isInitialized()) {
                yield $property;
            }
        }
    }
}

/** @return array<int, object> all that the application and static properties reach, by number */
function reachable(object $app): array
{
    $found = [];
    $next = [$app];

    foreach (statics() as $property) {
        array_push($next, ...objects($property->getValue()));
    }

    while (($object = array_pop($next)) !== null) {
        if (isset($found[$id = spl_object_id($object)]) || (new ReflectionClass($object))->getAttributes(Persist::class) !== []) {
            continue;
        }

        $found[$id] = $object;
        $inner = $object instanceof Closure ? (new ReflectionFunction($object))->getStaticVariables() : [];
        array_push($next, ...objects($inner), ...objects($object instanceof Closure ? (new ReflectionFunction($object))->getClosureThis() : null));

        foreach (properties($object) as $property) {
            $property->isInitialized($object) && array_push($next, ...objects($property->getValue($object)));
        }
    }

    return $found;
}

/** @return array<string, string> */
function state(object $app): array
{
    $state = [];

    foreach (statics() as $property) {
        $state["$property->class::\$$property->name"] = digest($property->getValue());
    }

    foreach (reachable($app) as $id => $object) {
        $values = $object instanceof Closure ? [digest((new ReflectionFunction($object))->getStaticVariables())] : [];

        foreach (properties($object) as $property) {
            $values[] = $property->name.'='.($property->isInitialized($object) ? digest($property->getValue($object)) : 'none');
        }

        $state[$object::class."#$id"] = implode(';', [...$values, digest(array_diff_key(get_object_vars($object), get_class_vars($object::class)))]);
    }

    return array_map(md5(...), $state);
}

/** Loads each class of Laravel that can be loaded here. */
function load_framework(): void
{
    $base = getenv('LARAMAN_APP').'/vendor/laravel/framework/src/Illuminate/';

    foreach (new RecursiveIteratorIterator(new RecursiveDirectoryIterator($base, FilesystemIterator::SKIP_DOTS)) as $file) {
        $path = substr($file->getPathname(), strlen($base));

        if ($file->getExtension() !== 'php' || ! ctype_upper($file->getFilename()[0]) || preg_match('~/(stubs|resources|migrations)/~', $path) === 1) {
            continue;
        }

        $name = preg_replace('~^(Collections|Conditionable|Macroable|Reflection)/~', 'Support/', substr($path, 0, -4));

        try {
            class_exists('Illuminate\\'.strtr($name, '/', '\\'));
        } catch (Error) {
            // Its parent belongs to a package that is not installed, such as PHPUnit.
        }
    }
}

function other(mixed $value): mixed
{
    return match (true) {
        is_int($value), is_float($value) => $value + 1,
        is_bool($value) => ! $value,
        is_string($value) => $value.'wrecked',
        is_array($value) => [...$value, 'wrecked' => new stdClass],
        $value === null => new stdClass,
        default => null,
    };
}

function wreck(object $app): int
{
    $changed = 0;
    $targets = [...array_map(static fn (ReflectionProperty $property): array => [$property, null], iterator_to_array(statics(), false))];

    foreach (reachable($app) as $object) {
        foreach (properties($object) as $property) {
            $targets[] = [$property, $object];
        }
    }

    foreach ($targets as [$property, $object]) {
        $value = ($object === null || $property->isInitialized($object)) ? $property->getValue($object) : null;

        foreach ([other($value), null, 7, 'seven', [7], true, new ArrayObject] as $try) {
            try {
                $object === null ? $property->setValue(null, $try) : $property->setValue($object, $try);
                $changed++;

                break;
            } catch (Throwable) {
            }
        }

        if ($object !== null && ! $object instanceof UnitEnum) {
            try {
                @$object->{'added by the wreck'} = 1;
            } catch (Throwable) {
            }
        }
    }

    return $changed;
}

(static function (): void {
    $app = ApplicationFactory::boot((string) getenv('LARAMAN_APP'));
    $kernel = $app->make(Kernel::class);
    state($app);
    isolate();

    serve(static function (RequestJob $job) use ($app, $kernel): void {
        isset($job->query['framework']) && load_framework();

        switch ($job->query['do'] ?? '') {
            case 'state':
                respond(200, [], json_encode(state($app), JSON_THROW_ON_ERROR));

                break;
            case 'wreck':
                respond(200, [], (string) wreck($app));

                break;
            default:
                $response = $kernel->handle($request = Request::capture());
                respond($response->getStatusCode(), [], (string) $response->getContent());
                $kernel->terminate($request, $response);
        }
    });
})();
