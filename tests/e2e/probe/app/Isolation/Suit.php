<?php

declare(strict_types=1);

namespace App\Isolation;

enum Suit: string
{
    case Hearts = 'h';
    case Spades = 's';

    /** An enum has no property; a static variable it may have. */
    public static function drawn(): int
    {
        static $count = 0;

        return ++$count;
    }
}
