<?php

declare(strict_types=1);

namespace App\Isolation;

use Closure;
use Fiber;
use Generator;

/**
 * Has a destructor.
 */
final class Ending
{
    public ?self $other = null;

    public function __construct(private readonly ?Closure $end = null)
    {
    }

    public function __destruct()
    {
        ($this->end ?? static fn () => null)();
    }

    /** Objects that refer to each other, each with a large value. */
    public static function cycle(int $count): void
    {
        for ($i = 0; $i < $count; $i++) {
            $one = new self;
            $one->other = new self(static fn (): string => str_repeat('x', 1000).spl_object_id($one));
            $one->other->other = $one;
        }
    }

    public static function generator(): Generator
    {
        $generator = (static function (): Generator {
            try {
                yield new self;
                yield 2;
            } finally {
                kept()->number++;
            }
        })();
        $generator->current();

        return $generator;
    }

    /** @return Fiber<mixed, mixed, mixed, mixed> */
    public static function fiber(): Fiber
    {
        $fiber = new Fiber(static function (): void {
            $local = new self;
            Fiber::suspend($local);
        });
        $fiber->start();

        return $fiber;
    }
}
