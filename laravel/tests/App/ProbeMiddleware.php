<?php

declare(strict_types=1);

namespace Laraman\Tests\App;

use Closure;
use Illuminate\Http\Request;
use LogicException;

/** Calls a test's closure. */
final class ProbeMiddleware
{
    /** @var null|Closure(Request, Closure(Request): mixed): mixed */
    public static ?Closure $probe = null;

    /** @param  Closure(Request): mixed  $next */
    public function handle(Request $request, Closure $next): mixed
    {
        return self::$probe === null ? throw new LogicException('No probe.') : (self::$probe)($request, $next);
    }
}
