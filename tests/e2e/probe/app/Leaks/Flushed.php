<?php

declare(strict_types=1);

namespace App\Leaks;

/** A singleton that laraman.worker.flush names. */
final class Flushed
{
    public ?string $mark = null;
}
