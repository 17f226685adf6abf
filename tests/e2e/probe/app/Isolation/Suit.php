<?php

declare(strict_types=1);

namespace App\Isolation;

use WeakMap;

enum Suit: string
{
    case Hearts = 'h';
    case Spades = 's';

    /** An enum has no properties, but may have a static variable. */
    public static function drawn(): int
    {
        static $count = 0;

        return ++$count;
    }

    public static function remember(self $suit, string $text): void
    {
        self::cache()[$suit] = $text;
    }

    public static function remembered(self $suit): ?string
    {
        return self::cache()[$suit] ?? null;
    }

    /** @return WeakMap<self, string> */
    private static function cache(): WeakMap
    {
        static $cache = null;

        return $cache ??= new WeakMap;
    }
}
