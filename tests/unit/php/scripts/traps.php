<?php

declare(strict_types=1);

// What makes PHP's values hard to put back, one trap each: name => [job, what it returns]. A job changes what it finds,
// and returns something else if another job's change has been left, or if PHP does not know any more what it knew: the
// type of a property, where a static one is, that a readonly one is written. ?do=NAME runs one.

use Laraman\Native\RequestJob;

use function Laraman\Native\isolate;
use function Laraman\Native\respond;
use function Laraman\Native\serve;

enum Level: int
{
    case Low = 1;
    case High = 2;
    const Usual = self::Low;

    public static function next(): int
    {
        static $calls = 0;

        return ++$calls;
    }
}

interface Limits
{
    public const MOST = self::LEAST * 10;

    public const LEAST = PHP_INT_SIZE;
}

class Typed
{
    public int $int = 1;

    public ?int $maybe = null;

    public int|string $either = 1;

    public float $float = 1.0;

    public array $list = [1, [2]];

    public self|null $self = null;

    public static int $shared = 1;

    public static array $lists = ['a' => ['b' => 1]];

    public static ?object $object = null;

    public int $unset;
}

class Ancestor
{
    public static int $count = 0;

    protected static array $names = [];

    public static int $own = 0;

    public static function add(string $name): array
    {
        self::$count++;
        static::$names[] = $name;

        return static::$names;
    }

    public function calls(): int
    {
        static $calls = 0;

        return ++$calls;
    }
}

class Descendant extends Ancestor
{
    public static int $own = 10;
}

class Separate extends Ancestor
{
    protected static array $names = ['separate'];
}

final class Once
{
    public readonly array $later;

    public function __construct(public readonly int $now, public readonly ?ArrayObject $object = null)
    {
    }

    public function later(array $value): array
    {
        $this->later = $value;

        return $this->later;
    }

    public function __clone()
    {
        unset($this->object);
    }
}

final class Constants implements Limits
{
    public const SUM = self::MOST + Late::VALUE;

    public static int $most = self::MOST + 1;

    public static array $lazy = [Limits::MOST => Level::High, 'version' => PHP_MAJOR_VERSION.'.'];

    public array $default = [self::LEAST => Level::Usual];

    public Level $level = Level::Low;
}

final class Late
{
    public const VALUE = 5;

    public static string $text = 'late'.self::VALUE;

    public static ?Closure $closure = null;
}

trait Counting
{
    public static int $counted = 0;

    private static array $log = [];

    public static function count(): array
    {
        static $calls = 0;
        self::$log[] = ++$calls;

        return [++self::$counted, self::$log];
    }
}

final class Apples
{
    use Counting;
}

class Pears
{
    use Counting;
}

final class GreenPears extends Pears
{
}

#[AllowDynamicProperties]
class Open
{
    public int $declared = 1;

    private array $magic = ['given' => 1];

    public function __get(string $name): mixed
    {
        return $this->magic[$name] ?? $this->$name ?? 'nothing';
    }

    public function __set(string $name, mixed $value): void
    {
        $name === 'raw' ? $this->raw = $value : $this->magic[$name] = $value;
    }
}

abstract class Registry
{
    private static array $instances = [];

    public static function get(): static
    {
        return self::$instances[static::class] ??= new static;
    }

    public static function known(): array
    {
        return array_keys(self::$instances);
    }

    public int $uses = 0;
}

final class FirstRegistry extends Registry
{
}

final class SecondRegistry extends Registry
{
}

final class Bound
{
    public int $number = 1;

    public function counter(): Closure
    {
        return function (): int {
            static $calls = 0;

            return $this->number++ + 100 * ++$calls;
        };
    }

    public function method(): int
    {
        static $calls = 0;

        return ++$calls;
    }
}

function fails(Closure $do): string
{
    try {
        $do();
    } catch (Throwable $e) {
        return $e::class;
    }

    return 'nothing';
}

(static function (): void {
    $typed = new Typed;
    $once = new Once(1, new ArrayObject([1]));
    $open = new Open;
    $free = new #[AllowDynamicProperties] class
    {
        public mixed $declared = 0;
    };
    $free->dynamic = 1;
    $bound = new Bound;
    $counter = $bound->counter();
    $method = $bound->method(...);
    $function = strlen(...);
    $constants = new Constants;
    $kept = (object) ['number' => 1, 'list' => [1, 2]];
    $weak = WeakReference::create($kept);
    $other = null;
    $counted = static function (int $by = 1) use (&$other): int {
        static $sum = 0;
        $other = $sum;

        return $sum += $by;
    };
    $reference = [1, 2];
    $alias = &$reference;
    $typed_reference = &$typed->either;
    FirstRegistry::get();
    Ancestor::add('boot');
    $iterator = new ArrayIterator([1, 2, 3]);
    $storage = new SplObjectStorage;
    $storage[$kept] = 'boot';
    $map = new WeakMap;
    $map[$kept] = 'boot';

    $traps = [
        // Typed references: PHP keeps a list of the properties that share them.
        'a reference to a property with a type' => [static function () use ($typed): array {
            $int = &$typed->int;
            $int = 5;
            $GLOBALS['kept'] = &$int;

            return [$typed->int, fails(static fn () => $int = 'text'), fails(static function () use (&$int): void {
                $int = 'text';
            })];
        }, [5, 'nothing', 'TypeError']],
        'a reference shared by two properties' => [static function () use ($typed): array {
            $typed->maybe = 3;
            $typed->either = &$typed->maybe;
            $first = fails(static fn () => $typed->either = 'text');
            $typed->either = 4;

            return [$first, $typed->maybe];
        }, ['TypeError', 4]],
        'a property that is a reference since the boot' => [static function () use ($typed, &$typed_reference): array {
            $before = [$typed_reference, $typed->either];
            $typed_reference = 'text';
            $failed = fails(static function () use (&$typed_reference): void {
                $typed_reference = [];
            });
            unset($typed->either);
            $typed_reference = 'free';

            return [$before, $failed, isset($typed->either)];
        }, [[1, 1], 'TypeError', false]],
        'a reference to a static property' => [static function (): array {
            $shared = &Typed::$shared;
            $before = $shared++;
            $GLOBALS['of_static'] = &$shared;

            return [$before, Typed::$shared, fails(static function () use (&$shared): void {
                $shared = 'text';
            })];
        }, [1, 2, 'TypeError']],
        'a property that was unset' => [static function () use ($typed): array {
            $before = fails(static fn () => $typed->unset);
            $typed->unset = 1;
            unset($typed->int, $typed->list);

            return [$before, fails(static fn () => $typed->int)];
        }, ['Error', 'Error']],
        'elements by reference' => [static function () use ($typed): array {
            foreach ($typed->list as &$one) {
                $one = [$one];
            }

            return $typed->list;
        }, [[1], [[2]]]],
        'variables that share an array' => [static function () use (&$reference, &$alias): array {
            $alias[] = 3;

            return [$reference, $alias];
        }, [[1, 2, 3], [1, 2, 3]]],
        'an int for a float' => [static function () use ($typed): float {
            return $typed->float += 1;
        }, 2.0],

        // Static properties: PHP remembers where they are, in code that has used them.
        'a static property that is written again and again' => [static function (): array {
            for ($i = 0; $i < 3; $i++) {
                Typed::$lists['a']['b']++;
                Typed::$lists[] = Typed::$shared++;
            }

            return Typed::$lists;
        }, ['a' => ['b' => 4], 1, 2, 3]],
        'an object in a static property' => [static function (): array {
            $before = Typed::$object;
            Typed::$object = new Typed;
            Typed::$object->self = Typed::$object;

            return [$before, Typed::$object->self === Typed::$object];
        }, [null, true]],
        'a static property by a name' => [static function (): array {
            $class = 'Typed';
            $name = 'shared';
            $class::$$name = $class::$$name + 10;  // += crashes PHP 8.2 with opcache

            return [Typed::$shared, (new ReflectionClass('Typed'))->getStaticPropertyValue('shared')];
        }, [11, 11]],
        'a static property by reflection' => [static function (): int {
            $property = new ReflectionProperty(Typed::class, 'shared');
            $property->setValue(null, 77);

            return Typed::$shared;
        }, 77],

        // Those that a class inherits are the same place, until it declares its own.
        'inherited static properties' => [static function (): array {
            $names = [Descendant::add('a'), Separate::add('b')];
            Descendant::$count += 10;
            Descendant::$own++;
            Ancestor::$own--;

            return [$names, Ancestor::$count, Separate::$count, Ancestor::$own, Descendant::$own, Separate::$own];
        }, [[['boot', 'a'], ['separate', 'b']], 13, 13, -1, 11, -1]],
        'static variables of inherited methods' => [static function (): array {
            $parent = new Ancestor;
            $child = new Descendant;

            return [$parent->calls(), $child->calls(), $child->calls(), $parent->calls()];
        }, [1, 2, 3, 4]],
        'instances by class' => [static function (): array {
            $before = Registry::known();

            return [$before, ++FirstRegistry::get()->uses, ++SecondRegistry::get()->uses, Registry::known()];
        }, [['FirstRegistry'], 1, 1, ['FirstRegistry', 'SecondRegistry']]],

        // Constant expressions are worked out once, and their objects stay the same.
        'static properties from constants' => [static function (): array {
            $before = [Constants::$most, Constants::$lazy[80]->name, Constants::$lazy['version'], Late::$text, Constants::SUM];
            Constants::$most = 0;
            Constants::$lazy = [];
            Late::$text .= 'changed';

            return $before;
        }, [81, 'High', PHP_MAJOR_VERSION.'.', 'late5', 85]],
        'properties from constants' => [static function () use ($constants): array {
            $before = [$constants->default[8], $constants->level, (new Constants)->default[8]];
            $constants->default = [];
            $constants->level = Level::High;

            return array_map(static fn (Level $level): bool => $level === Level::Low, $before);
        }, [true, true, true]],

        // Enums: a case is one object for ever.
        'cases' => [static function (): array {
            static $seen;
            $before = $seen;
            $seen = Level::High;

            return [$before, Level::from(2) === $seen, Level::tryFrom(3), Level::Usual === Level::Low, count(Level::cases()), unserialize(serialize(Level::High)) === Level::High];
        }, [null, true, null, true, 2, true]],
        'static variables of an enum' => [static fn (): array => [Level::next(), Level::next()], [1, 2]],

        // Readonly: that it is written stands beside the value.
        'readonly, written' => [static fn (): array => [fails(static fn () => $once->now = 2), (fn () => fails(fn () => $this->now = 2))->call($once), $once->now], ['Error', 'Error', 1]],
        'readonly, not written yet' => [static fn (): array => [isset($once->later), $once->later([1]), fails(static fn () => $once->later([2]))], [false, [1], 'Error']],
        'readonly object' => [static function () use ($once): array {
            $once->object[] = 2;
            $copy = new Once(5, $once->object);

            return [$once->object->getArrayCopy(), $copy->object === $once->object];
        }, [[1, 2], true]],

        // Closures: their variables, what they are bound to, and callables of functions.
        'static variables of a closure' => [static function () use ($counted, &$other): array {
            return [$counted(), $counted(5), $other];
        }, [1, 6, 1]],
        'a copy of a closure' => [static function () use ($counted): array {
            $counted();
            $copy = clone $counted;

            return [$copy(), $copy(), $counted()];
        }, [2, 3, 2]],
        'a bound closure' => [static fn (): array => [$counter(), $counter()], [101, 202]],
        'a closure bound to another' => [static function () use ($counter): array {
            $copy = Closure::bind($counter, new Bound);

            return [$copy(), $counter(), $copy()];
        }, [101, 101, 202]],
        'callables of methods' => [static fn (): array => [$method(), $bound->method(), (new Bound)->method(), $function('four')], [1, 2, 3, 4]],
        'a callable that a static property keeps' => [static function () use ($bound): array {
            $before = Late::$closure;
            Late::$closure = $bound->method(...);

            return [$before, (Late::$closure)()];
        }, [null, 1]],
        'a recursive closure' => [static function (): int {
            $sum = static function (int $n) use (&$sum): int {
                static $calls = 0;
                $calls++;

                return $n === 0 ? $calls : $sum($n - 1);
            };

            return $sum(3);
        }, 4],

        // Properties that no class declares.
        'dynamic properties' => [static function () use ($free): array {
            $before = [$free->dynamic, isset($free->added), count(get_object_vars($free))];
            $free->dynamic = &$free->declared;
            $free->declared = 9;
            $free->added = 2;
            unset($free->declared);

            return [$before, $free->dynamic, isset($free->declared)];
        }, [[1, false, 2], 9, false]],
        'dynamic properties in a loop' => [static function () use ($free): array {
            foreach ($free as $name => &$value) {
                $value = "$name changed";
            }

            return get_object_vars($free);
        }, ['declared' => 'declared changed', 'dynamic' => 'dynamic changed']],
        'a dynamic property of a class with __get' => [static function () use ($open): array {
            $open->raw = 1;
            $open->given = 2;

            return [$open->raw, $open->given, $open->dynamic];
        }, [1, 2, 'nothing']],
        'elements and properties of one object' => [static function () use ($kept): array {
            $array = (array) $kept;
            $array['number']++;
            $kept->list[] = 3;
            $kept->{'0'} = 'number';
            $kept->{''} = 'empty';

            return [$array['number'], $kept->number, count((array) $kept)];
        }, [2, 1, 4]],
        'a guard of __get that was not left' => [static function () use ($open): array {
            return [$open->given, $open->missing, $open->missing];
        }, [1, 'nothing', 'nothing']],

        // Traits: each class that uses one has properties of its own.
        'static properties of traits' => [static fn (): array => [Apples::count(), Pears::count(), GreenPears::count(), Apples::count()],
            [[1, [1]], [1, [1]], [2, [1, 2]], [2, [1, 2]]]],

        // What refers and does not hold.
        'weak references' => [static function () use ($kept, $weak, $map, $storage): array {
            $gone = WeakReference::create(new stdClass);
            $map[$key = new stdClass] = $key;
            $storage[$key] = $map;

            return [$gone->get(), $weak->get() === $kept, count($map), count($storage), $map[$kept]];
        }, [null, true, 2, 2, 'boot']],
        'an iterator' => [static function () use ($iterator): array {
            $iterator[] = 4;

            return iterator_to_array($iterator);
        }, [1, 2, 3, 4]],

        // Ends that PHP does not come back from.
        'exit in a foreach by reference' => [static function () use ($typed): void {
            foreach ($typed->list as &$one) {
                $typed->list[] = $one;
                $one = 'changed';
                $typed->int = 9;
                exit;
            }
        }, null],
        'a generator that is left' => [static function () use ($typed): int {
            $typed->self = new Typed;
            $GLOBALS['generator'] = (static function () use ($typed) {
                foreach ($typed->list as &$one) {
                    yield $one = 7;
                }
            })();

            return $GLOBALS['generator']->current();
        }, 7],
        'an exception that keeps its arguments' => [static function () use ($typed): string {
            $GLOBALS['thrown'] = (static function (Typed $typed): Throwable {
                $typed->int = 3;

                return new LogicException('kept', 0, new RuntimeException);
            })($typed);

            return get_debug_type($GLOBALS['thrown']->getPrevious());
        }, 'RuntimeException'],
    ];

    isolate();

    serve(static function (RequestJob $job) use ($traps): void {
        $name = $job->query['do'];
        if ($name === 'names') {
            respond(200, [], implode("\n", array_keys($traps)));

            return;
        }
        [$run, $expected] = $traps[$name];
        $found = $run();
        respond(200, [], json_encode($found === $expected ? 'as expected' : $found, JSON_THROW_ON_ERROR));
    });
})();
