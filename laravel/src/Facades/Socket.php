<?php

declare(strict_types=1);

namespace Laraman\Facades;

use Illuminate\Support\Facades\Facade;
use Laraman\Routing\SocketRegistrar;
use Laraman\Routing\SocketRoute;
use Laraman\SocketHandler;

/**
 * Registers socket routes, in routes/sockets.php.
 *
 * @method static SocketRoute route(string $uri, class-string<SocketHandler> $handler)
 *
 * @see SocketRegistrar
 */
final class Socket extends Facade
{
    protected static function getFacadeAccessor(): string
    {
        return SocketRegistrar::class;
    }
}
