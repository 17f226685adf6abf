<?php

declare(strict_types=1);

namespace App\Isolation;

trait Counts
{
    public static int $ofTrait = 1;

    public static function countOfTrait(): int
    {
        static $count = 0;

        return ++$count;
    }
}
