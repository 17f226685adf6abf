<?php

declare(strict_types=1);

namespace Laraman\Routing;

use Closure;
use Illuminate\Http\Request;
use Illuminate\Http\Response;
use Laraman\Handshake\OpenExchange;
use Symfony\Component\HttpFoundation\Response as SymfonyResponse;

/**
 * Answers a request to a socket route that is not a WebSocket handshake with 426.
 *
 * @internal
 */
final class RequireUpgrade
{
    /**
     * @param  Closure(Request): SymfonyResponse  $next
     */
    public function handle(Request $request, Closure $next): SymfonyResponse
    {
        if (OpenExchange::of($request) === null) {
            return new Response('This address takes WebSocket connections only.', 426, [
                'Content-Type' => 'text/plain; charset=utf-8',
                'Connection' => 'Upgrade',
                'Upgrade' => 'websocket',
                'Sec-WebSocket-Version' => '13',
            ]);
        }

        return $next($request);
    }
}
