<?php

declare(strict_types=1);

namespace App\Isolation;

/**
 * Loaded by jobs only.
 */
final class Late extends Ancestor
{
    use Counts;

    public static string $static = 'late';

    public static ?object $nothing = null;

    /** @var array<string, mixed> */
    public static array $evaluated = ['size' => PHP_INT_SIZE, 'suit' => Suit::Hearts];

    public static int $uninitialized;

    public static function counted(): int
    {
        static $count = PHP_INT_SIZE;

        return ++$count;
    }
}
