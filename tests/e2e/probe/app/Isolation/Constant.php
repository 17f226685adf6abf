<?php

declare(strict_types=1);

namespace App\Isolation;

use ArrayObject;

/**
 * An object whose property cannot be written, but whose value can.
 */
final class Constant
{
    /** @param  ArrayObject<int, string>  $objects */
    public function __construct(public readonly ArrayObject $objects)
    {
    }
}
