<?php

declare(strict_types=1);

namespace App\Leaks;

/** Bound as scoped: a new one for each request and event. */
final class Scoped
{
    public ?string $mark = null;
}
