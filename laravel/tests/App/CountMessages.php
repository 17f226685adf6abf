<?php

declare(strict_types=1);

namespace Laraman\Tests\App;

use Closure;
use Illuminate\Http\Request;

final class CountMessages
{
    public static int $counted = 0;

    /** @param  Closure(Request): mixed  $next */
    public function handle(Request $request, Closure $next): mixed
    {
        self::$counted++;

        return $next($request);
    }
}
