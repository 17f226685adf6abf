<?php

declare(strict_types=1);

// A resident script whose state is put back after each job. ?do=look tells it; ?do=NAME changes something of it.

use Laraman\Native\RequestJob;

use function Laraman\Native\isolate;
use function Laraman\Native\persist;
use function Laraman\Native\respond;
use function Laraman\Native\serve;

#[Attribute]
final class Note
{
}

enum Suit: string
{
    case Hearts = 'h';
    case Spades = 's';
}

class Base
{
    public static int $inherited = 1;

    public static array $list = ['a' => [1, 2]];
}

class Child extends Base
{
    public static ?object $own = null;

    protected static string $evaluated = PHP_VERSION.'!';

    public static function evaluated(?string $value = null): string
    {
        return $value === null ? static::$evaluated : static::$evaluated = $value;
    }
}

final class Kept
{
    public array $listed = [];

    public int $other = 0;

    /** @var resource|null */
    public $stream = null;

    public array $hashes = [];

    #[Laraman\Persist]
    public static int $marked = 0;
}

#[Laraman\Persist]
final class Client
{
    public int $calls = 0;

    public ?ArrayObject $buffer = null;

    public ?Closure $callable = null;

    public ?Closure $late = null;
}

trait Counts
{
    public static int $count = 0;

    public static function next(): int
    {
        static $next = 0;

        return ++$next;
    }
}

final class First
{
    use Counts;
}

final class Second
{
    use Counts;
}

#[AllowDynamicProperties]
class Holder
{
    public int $number = 1;

    public ?int $typed = 5;

    public array $list = ['x' => ['y' => 1]];

    public string $text = 'text';

    public readonly string $once;

    public ?Holder $other = null;

    public mixed $any = null;

    public Suit $suit = Suit::Hearts;

    private string $hidden = 'hidden';

    public function hidden(?string $value = null): string
    {
        return $value === null ? $this->hidden : $this->hidden = $value;
    }

    public function write(string $once): void
    {
        $this->once = $once;
    }

    public function counted(): int
    {
        static $count = 0;

        return ++$count;
    }
}

final class LoudStream
{
    public static ?Closure $at_end = null;

    public $context;

    public function stream_open(): bool
    {
        return true;
    }

    public function stream_close(): void
    {
        Base::$list['a'][] = 'closed';
        (self::$at_end ?? static fn () => null)();
    }
}

final class LoudFilter extends php_user_filter
{
    public static ?Closure $at_end = null;

    public function onClose(): void
    {
        Base::$list['a'][] = 'closed';
        (self::$at_end ?? static fn () => null)();
    }
}

final class Loud
{
    public static array $heard = [];

    public ?Loud $other = null;

    public function __construct(public ?Closure $at_end = null)
    {
    }

    public function __destruct()
    {
        self::$heard[] = 'destructed';
        echo 'nobody hears this';
        ($this->at_end ?? static fn () => null)();
    }
}

function counted(): int
{
    static $count = 0;

    return ++$count;
}

$known_global = 'global';
(static fn () => define('BOOT', 'boot'))();

(static function (): void {
    $holder = new Holder;
    $holder->other = new Holder;
    $holder->dynamic = 'dynamic';
    $plain = (object) ['a' => 1, 'b' => (object) ['c' => 2]];
    $shared = 1;
    $closure = static function () use (&$shared): int {
        static $calls = 0;

        return $shared + $calls++;
    };
    $array_object = new ArrayObject(['one' => 1]);
    $storage = new SplObjectStorage;
    $storage[$plain] = 'data';
    $queue = new SplQueue;
    $queue[] = 'first';
    $fixed = SplFixedArray::fromArray([1, 2]);
    $heap = new SplMinHeap;
    $heap->insert(3);
    $priorities = new SplPriorityQueue;
    $priorities->insert('low', 1);
    $weak = new WeakMap;
    $weak[$plain] = ['kept'];
    $date = new DateTime('2020-01-01 UTC');
    $by_reference = [1, 2, 3];
    foreach ($by_reference as &$element) {
        $element *= 2;
    }
    unset($element);
    $holder->any = $by_reference;
    $heap_of_numbers = new class extends SplMinHeap {
        protected function compare(mixed $a, mixed $b): int
        {
            return is_int($a) && is_int($b) ? parent::compare($a, $b) : throw new LogicException('not comparable');
        }
    };
    $heap_of_numbers->insert(1);
    $heap_of_numbers->insert(2);
    $interval = new DateInterval('P1D');
    stream_context_set_default(['http' => ['header' => 'X-Boot: 1']]);
    $_ENV['BOOT'] = 'boot';
    counted();
    $holder->counted();

    $kept = new Kept;
    $kept->stream = fopen('php://memory', 'r+');
    $kept->hashes = ['of a' => hash_init('sha256')];
    $client = new Client;
    $client->buffer = new ArrayObject;
    $made = null;
    persist(static function () use (&$made, $holder): void {
        $made = new stdClass;
        $made->calls = 0;
        $made->buffer = new ArrayObject(['calls' => 0]);
        $made->holder = $holder;
    });
    $persist = static function () use ($kept, $client, $made): array {
        $kept->listed[] = new Kept;
        $kept->other++;
        $client->buffer[] = 1;

        return [count($kept->listed), $kept->other, ++Kept::$marked, ++$client->calls, count($client->buffer), ++$made->calls, ++$made->buffer['calls']];
    };

    // [what tells the state, what changes it]
    $since_8_3 = PHP_VERSION_ID >= 80300 ? require __DIR__.'/since_8_3.inc' : [static fn (): array => [], []];
    $since_8_4 = PHP_VERSION_ID >= 80400 ? require __DIR__.'/since_8_4.inc' : [static fn (): array => [], []];

    $look = static fn (): array => [
        'since 8.3' => $since_8_3[0](),
        'since 8.4' => $since_8_4[0](),
        'number' => $holder->number,
        'typed' => $holder->typed,
        'list' => $holder->list,
        'text' => $holder->text,
        'once' => isset($holder->once),
        'suit' => $holder->suit->value,
        'hidden' => $holder->hidden(),
        'other' => $holder->other?->number,
        'any' => $holder->any,
        'dynamic' => get_object_vars($holder)['dynamic'] ?? null,
        'added' => isset($holder->added),
        'cast' => array_keys((array) $holder->other),
        'plain' => json_encode($plain),
        'shared' => $shared,
        'closure' => $closure(),
        'array object' => $array_object->getArrayCopy(),
        'storage' => [count($storage), $storage[$plain] ?? null],
        'queue' => iterator_to_array($queue),
        'fixed' => $fixed->toArray(),
        'heap' => iterator_to_array(clone $heap),
        'priorities' => iterator_to_array(clone $priorities),
        'weak' => [count($weak), $weak[$plain] ?? null],
        'heap of numbers' => [$heap_of_numbers->isCorrupted(), iterator_to_array(clone $heap_of_numbers)],
        'interval' => $interval->format('%d %h'),
        'stream context' => stream_context_get_options(stream_context_get_default()),
        'environment' => [$_ENV['BOOT'] ?? null, $_ENV['JOB'] ?? null],
        'token' => strtok(' '),
        'date' => $date->format('c e'),
        'static' => [Base::$inherited, Base::$list, Child::$own, Child::evaluated()],
        'trait' => [First::$count, Second::$count, First::next(), Second::next()],
        'function' => counted(),
        'method' => $holder->counted(),
        'never used' => (static function (): int {
            static $used = 10;

            return ++$used;
        })(),
        'global' => $GLOBALS['known_global'] ?? null,
        'new global' => isset($GLOBALS['new_global']),
        'heard' => Loud::$heard,
        'constants' => [defined('OF_A_JOB'), defined('My\\Space\\OF_A_JOB'), BOOT],
        'functions' => [function_exists('of_a_job'), function_exists('of_a_file'), class_exists('AliasOfAJob', false), defined('CONSTANT_OF_A_FILE'), defined('DEFINED_IN_A_FILE')],
        'files' => array_values(array_filter(array_map(basename(...), get_included_files()), static fn (string $file): bool => str_starts_with($file, 'functions'))),
        'autoloaders' => count(spl_autoload_functions()),
        'wrappers' => [count(stream_get_wrappers()), in_array('mine', stream_get_wrappers(), true), in_array('glob', stream_get_wrappers(), true), is_string(@file_get_contents(__FILE__))],
        'late' => class_exists('Late', false) ? Late::state() : ['late', [1], PHP_OS, null, 1],
    ];

    $changes = [
        'properties' => static function () use ($holder): void {
            $holder->number = 2;
            $holder->typed = null;
            $holder->list['x']['y'] = 2;
            $holder->list[] = 'new';
            $holder->text .= ' and more';
            $holder->write('written');
            $holder->suit = Suit::Spades;
            $holder->hidden('seen');
            $holder->other->number = 3;
            $holder->any[0] = 'changed';
        },
        'unset' => static function () use ($holder): void {
            unset($holder->number, $holder->list, $holder->dynamic);
            $holder->other = null;
        },
        'references' => static function () use ($holder, &$shared): void {
            $shared = 7;
            $number = &$holder->number;
            $number = 8;
            $GLOBALS['keeps_reference'] = &$number;
            $typed = &$holder->typed;
            $typed = 9;
            foreach ($holder->list as &$value) {
                $value = 'by reference';
            }
            sort($holder->any);
            $holder->any[] = &$shared;
        },
        'copies' => static function () use ($holder): void {
            $copy = $holder->any;
            $copy[0] = 'of a copy';
            $twin = clone $holder;
            $twin->any[1] = 'of a clone';
        },
        'dynamic' => static function () use ($holder, $plain): void {
            $holder->dynamic = 'other';
            $holder->added = true;
            $plain->a = 2;
            $plain->b->c = 3;
            $plain->d = 4;
            unset($plain->b);
            foreach ($holder->other as $name => $value) {
                $holder->other->$name = $name === 'suit' ? Suit::Spades : $holder->other->$name ?? null;
            }
        },
        'closure' => static fn (): int => $closure() + $closure(),
        'containers' => static function () use ($array_object, $storage, $queue, $fixed, $heap, $priorities, $date, $plain): void {
            $array_object['two'] = 2;
            $storage[new stdClass] = 1;
            $storage[$plain] = 'other';
            $queue->push('second');
            $queue->dequeue();
            $fixed->setSize(5);
            $fixed[0] = 'x';
            $heap->insert(1);
            $priorities->insert('high', 5);
            $date->modify('+1 year')->setTimezone(new DateTimeZone('Asia/Shanghai'));
        },
        'more containers' => static function () use ($heap_of_numbers, $interval): void {
            try {
                $heap_of_numbers->insert('a word');
            } catch (LogicException) {
            }
            $interval->d = 7;
            $interval->h = 3;
        },
        'of the engine' => static function (): void {
            stream_context_set_default(['http' => ['header' => 'Authorization: Bearer Ada']]);
            stream_context_set_option(stream_context_get_default(), 'http', 'method', 'POST');
            $_ENV['BOOT'] = 'changed';
            $_ENV['JOB'] = 'job';
            strtok('the text of somebody', ' ');
        },
        'callable' => static function () use ($client, $holder): void {
            $client->callable ??= (new Holder)->counted(...);
            $first = ($client->callable)();
            ($client->callable)() === $first + 1 || throw new LogicException('not the next number');
            $holder->any = new Loud((new Holder)->counted(...));
        },
        'callable of a late function' => static function () use ($client): void {
            require_once __DIR__.'/late.inc';
            $client->late ??= Late::state(...);
            is_array(($client->late)()) || throw new LogicException('not its state');
        },
        'weak' => static function () use ($weak, $plain): void {
            $key = new stdClass;
            $key->self = $key;
            $weak[$key] = str_repeat('x', 1000);
            $weak[$plain] = 'other';
        },
        'statics' => static function (): void {
            Base::$inherited = 2;
            Child::$list['a'][] = 3;
            Child::$own = new Holder;
            Child::evaluated('other');
            First::$count = 5;
            First::next();
            counted();
            counted();
        },
        'constants' => static function (): void {
            define('OF_A_JOB', $now = random_int(1, PHP_INT_MAX)) || throw new LogicException('defined before');
            define('My\\Space\\OF_A_JOB', $now) || throw new LogicException('defined before');
            [OF_A_JOB, \My\Space\OF_A_JOB, constant('OF_A_JOB')] === [$now, $now, $now] || throw new LogicException('another value');
        },
        'functions' => static function (): void {
            function of_a_job(): int
            {
                static $calls = 0;

                return ++$calls;
            }
            (require_once __DIR__.'/functions.inc') === 'included' || throw new LogicException('included before');
            [of_a_job(), of_a_file(), of_a_file(), call_user_func('of_a_file')] === [1, 1, 2, 3] || throw new LogicException('called before');
            CONSTANT_OF_A_FILE + DEFINED_IN_A_FILE === 2 || throw new LogicException('another value');
        },
        'a file that is required again' => static function (): void {
            require __DIR__.'/functions.inc';
            of_a_file() === 1 || throw new LogicException('called before');
        },
        'a class and what its file has' => static function (): void {
            require_once __DIR__.'/loaded.inc';
            Loaded::sum() === 2 && of_a_class_file() === 1 || throw new LogicException('another sum');
        },
        'aliases' => static function (): void {
            class_alias(random_int(0, 1) === 1 ? Holder::class : Kept::class, 'AliasOfAJob') || throw new LogicException('named before');
            $made = new AliasOfAJob;
            $named = new ('\\AliasOfAJob');
            [$made::class, $made instanceof AliasOfAJob, (static fn (AliasOfAJob $one): string => $one::class)($named)] === [$named::class, true, $made::class]
                || throw new LogicException('another class');
        },
        'globals' => static function (): void {
            $GLOBALS['known_global'] = 'other';
            $GLOBALS['new_global'] = new Holder;
        },
        'unset global' => static function (): void {
            unset($GLOBALS['known_global']);
        },
        'new class' => static function (): void {
            require_once __DIR__.'/late.inc';
            Late::state();
            Late::change();
        },
        'destructor' => static function () use ($holder): void {
            $holder->any = new Loud(static function () use ($holder): void {
                $holder->number = 100;
                Base::$inherited = 100;
            });
        },
        'destructor in a cycle' => static function () use ($holder): void {
            $loud = new Loud;
            $loud->at_end = static function () use ($holder, $loud): void {
                $holder->number = 100;
                $holder->other = $holder;
            };
        },
        'destructor that throws' => static function () use ($holder): void {
            $holder->any = new Loud(static fn () => throw new RuntimeException('thrown in a destructor'));
        },
        'generator that ends' => static function () use ($holder): void {
            $holder->any = (static function () use ($holder) {
                try {
                    yield 1;
                } finally {
                    $holder->number = 100;
                }
            })();
            $holder->any->current();
        },
        'stream that ends' => static function () use ($holder): void {
            stream_wrapper_register('loud', LoudStream::class);
            LoudStream::$at_end = static fn () => $holder->number = 100;
            $holder->any = fopen('loud://x', 'r');
        },
        'filter that ends' => static function () use ($holder): void {
            stream_filter_register('loud', LoudFilter::class);
            LoudFilter::$at_end = static fn () => $holder->number = 100;
            stream_filter_append($holder->any = fopen('php://memory', 'r'), 'loud');
        },
        'cycles' => static function () use ($holder): void {
            for ($i = 0; $i < 100; $i++) {
                $one = new Holder;
                $one->other = new Holder;
                $one->other->other = $one;
                $one->any = [fn () => $one, [&$one->list, new ArrayObject([$one])]];
                $generator = (static function () use ($one) { yield $one; yield $one; })();
                $generator->current();
                $one->other->any = $generator;
            }
            $holder->any = $one;
        },
        'stream wrappers' => static function (): void {
            stream_wrapper_register('mine', Holder::class);
            stream_wrapper_unregister('file');
            stream_wrapper_register('file', Holder::class);
            stream_wrapper_unregister('glob');
        },
        'autoloader' => static function (): void {
            $object = new Holder;
            $object->other = $object;
            spl_autoload_register($autoload = static function (string $class) use ($object): void {
                $object->number++;
            });
            class_exists('Nothing\\Such');
        },
        'exit' => static function () use ($holder): void {
            $holder->number = 100;
            $holder->other = $holder;
            $GLOBALS['new_global'] = $holder;
            ob_start();
            echo 'changed';
            try {
                exit;
            } finally {
                $holder->number = 200;
            }
        },
        'nothing' => static fn () => null,
        ...$since_8_3[1],
        ...$since_8_4[1],
    ];

    isolate(['Kept::$listed']);

    serve(static function (RequestJob $job) use ($look, $persist, $changes, $holder, $kept): void {
        $do = $job->query['do'] ?? 'look';
        if ($do === 'look') {
            respond(200, [], json_encode($look(), JSON_THROW_ON_ERROR));
        } elseif ($do === 'persist') {
            respond(200, [], json_encode($persist()));
        } elseif ($do === 'endless') {
            $holder->any = new Loud(static function (): void {
                while (true) {
                }
            });
            respond(200, [], 'changed');
        } elseif ($do === 'close') {
            fclose($kept->stream);
            respond(200, [], 'changed');
        } elseif ($do === 'fatal') {
            $loud = new Loud(static fn () => str_repeat('x', 1 << 30));
            $loud->other = $loud;
            unset($loud);
            respond(200, [], 'changed');
        } elseif ($do === 'names') {
            respond(200, [], implode("\n", array_keys($changes)));
        } elseif ($do === 'objects') {  // how many there are: new ones fill all free places first
            $objects = array_map(static fn (): object => new stdClass, range(1, 5000));
            respond(200, [], (string) (max(array_map(spl_object_id(...), $objects)) - 5000));
        } else {
            $changes[$do]();
            respond(200, [], 'changed');
        }
    });
})();
