<?php

declare(strict_types=1);

namespace App\Leaks;

/** A singleton that is resolved during boot. */
final class Flushed
{
    public ?string $mark = null;
}
