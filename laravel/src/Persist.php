<?php

declare(strict_types=1);

namespace Laraman;

use Attribute;

/**
 * What a resident worker leaves alone when it puts PHP's state back after a job: a static property, or the objects of a
 * class and what they own. For clients and caches that are meant to live as long as the worker; they must hold nothing
 * of a user's.
 */
#[Attribute(Attribute::TARGET_CLASS | Attribute::TARGET_PROPERTY)]
final class Persist
{
}
