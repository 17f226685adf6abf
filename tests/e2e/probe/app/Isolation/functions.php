<?php

declare(strict_types=1);

namespace App\Isolation;

function kept(): Holder
{
    return app(Holder::class);
}

function counted(): int
{
    static $count = 0;

    return ++$count;
}

function remembered(): int
{
    return once(static fn (): int => Holder::$static);
}
