<?php

declare(strict_types=1);

namespace App\Isolation;

use AllowDynamicProperties;
use ArrayIterator;
use ArrayObject;
use Closure;
use DateInterval;
use DateTime;
use SplFixedArray;
use SplMaxHeap;
use SplMinHeap;
use SplObjectStorage;
use SplPriorityQueue;
use SplQueue;
use SplStack;
use stdClass;
use WeakMap;
use WeakReference;

/**
 * An object from boot, with a value of each type.
 */
#[AllowDynamicProperties]
final class Holder extends Ancestor
{
    use Counts;

    public static int $static = 1;

    /** @var array<string, mixed> */
    public static array $list = ['a' => ['b' => 1]];

    public static ?object $nothing = null;

    /** @var list<int> */
    public static array $evaluated = [PHP_INT_SIZE, self::TWO];

    private const TWO = 2;

    public int $number = 1;

    public ?int $typed = 1;

    public string $text = 'text';

    /** @var array<array-key, mixed> */
    public array $array = ['a' => ['b' => 1], 'c' => 2];

    public Suit $suit = Suit::Hearts;

    public readonly string $once;

    public int $uninitialized;

    public mixed $any = null;

    public ?self $other = null;

    public stdClass $plain;

    public ArrayObject $arrayObject;

    public ArrayIterator $arrayIterator;

    public SplObjectStorage $storage;

    public SplQueue $queue;

    public SplStack $stack;

    public SplFixedArray $fixed;

    public SplMinHeap $minHeap;

    public SplMaxHeap $maxHeap;

    public SplPriorityQueue $priorities;

    public WeakMap $weak;

    public DateTime $date;

    public DateInterval $interval;

    public Closure $counting;

    public Closure $sharing;

    public int $shared = 1;

    public int $referred = 1;

    /** @var array<string, int> */
    public static array $references = [];

    /** @var WeakReference<stdClass> */
    public WeakReference $reference;

    public Closure $callable;

    /** @var Closure(?string): string */
    public Closure $bound;

    public Constant $constant;

    private string $hidden = 'hidden';

    public function __construct()
    {
        $this->plain = (object) ['a' => 1, 'b' => (object) ['c' => 2]];
        $this->arrayObject = new ArrayObject(['one' => 1]);
        $this->arrayIterator = new ArrayIterator(['one' => 1]);
        $this->storage = new SplObjectStorage;
        $this->storage[$this->plain] = 'data';
        $this->queue = new SplQueue;
        $this->queue[] = 'first';
        $this->stack = new SplStack;
        $this->stack[] = 'first';
        $this->fixed = SplFixedArray::fromArray([1, 2]);
        $this->minHeap = new SplMinHeap;
        $this->minHeap->insert(3);
        $this->maxHeap = new SplMaxHeap;
        $this->maxHeap->insert(3);
        $this->priorities = new SplPriorityQueue;
        $this->priorities->insert('low', 1);
        $this->weak = new WeakMap;
        $this->weak[$this->plain] = ['kept'];
        $this->date = new DateTime('2020-01-01 UTC');
        $this->interval = new DateInterval('P1D');
        $this->counting = static function (): int {
            static $count = 0;

            return ++$count;
        };
        self::$references['number'] = &$this->referred;
        $this->reference = WeakReference::create($this->plain);
        $this->callable = counted(...);
        $this->bound = fn (?string $value = null): string => $this->hidden($value);
        $this->constant = new Constant(new ArrayObject(['one']));
        $shared = &$this->shared;
        $this->sharing = static function () use (&$shared): int {
            return ++$shared;
        };
    }

    public function writeOnce(string $value): void
    {
        $this->once = $value;
    }

    public function hidden(?string $value = null): string
    {
        return $value === null ? $this->hidden : $this->hidden = $value;
    }

    public function counted(): int
    {
        static $count = 0;

        return ++$count;
    }

    public static function staticallyCounted(): int
    {
        static $count = 0;

        return ++$count;
    }
}
