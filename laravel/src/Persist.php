<?php

declare(strict_types=1);

namespace Laraman;

use Attribute;

/**
 * Excludes a static property, or the objects of a class and the objects that they own, when a resident worker restores
 * PHP's state after a job. It is for clients and caches that are to live as long as the worker; they must not hold data of
 * a user.
 */
#[Attribute(Attribute::TARGET_CLASS | Attribute::TARGET_PROPERTY)]
final class Persist
{
}
