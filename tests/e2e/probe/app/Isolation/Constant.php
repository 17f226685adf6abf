<?php

declare(strict_types=1);

namespace App\Isolation;

use ArrayObject;

/**
 * An object with a read-only property whose value is mutable.
 */
final class Constant
{
    /** @param  ArrayObject<int, string>  $objects */
    public function __construct(public readonly ArrayObject $objects)
    {
    }
}
