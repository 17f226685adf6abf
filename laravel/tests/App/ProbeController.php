<?php

declare(strict_types=1);

namespace Laraman\Tests\App;

use Closure;
use Illuminate\Http\Request;
use LogicException;

/** Calls a test's closure. */
final class ProbeController
{
    /** @var null|Closure(Request): mixed */
    public static ?Closure $probe = null;

    public function __invoke(Request $request): mixed
    {
        return self::$probe === null ? throw new LogicException('No probe.') : (self::$probe)($request);
    }
}
