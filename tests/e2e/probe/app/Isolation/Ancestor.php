<?php

declare(strict_types=1);

namespace App\Isolation;

abstract class Ancestor
{
    public static int $inherited = 1;

    protected static ?string $protected = 'protected';

    private int $ofAncestor = 1;

    public static function protected(?string $value = null): ?string
    {
        return $value === null ? self::$protected : self::$protected = $value;
    }

    public function ofAncestor(?int $value = null): int
    {
        return $value === null ? $this->ofAncestor : $this->ofAncestor = $value;
    }

    public static function inheritedCount(): int
    {
        static $count = 0;

        return ++$count;
    }
}
