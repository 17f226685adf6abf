<?php

declare(strict_types=1);

namespace Laraman;

use Laraman\Handshake\OpenExchange;
use ReflectionMethod;

/**
 * Handles the events of one socket route's connections. Extend this class and add the methods that you need:
 *
 *     open(Connection $connection, …)                       a client has connected and passed the route's middleware
 *     message(Connection $connection, Message $message, …)  the client has sent a message
 *     close(Connection $connection, …)                      the connection has been closed
 *
 * The methods are not declared here because each declares its own parameters, as in a controller: the route's parameters
 * in order (bound to models and enums by type), and any service of the container. A missing method is skipped; without
 * open() every client that passes the middleware is accepted.
 *
 * open() runs inside the handshake, which is an ordinary request: an exception, abort() or a returned response refuses the
 * connection with that response; returning nothing accepts it. A new handler is created for each event, so its properties
 * do not last: use the connection's session, its channels, the cache or a database.
 */
abstract class SocketHandler
{
    /**
     * Called by Laravel's router in place of the route's action; accepts the connection unless the action refuses it.
     *
     * @internal
     *
     * @param  array<array-key, mixed>  $parameters
     */
    final public function callAction(string $method, array $parameters): mixed
    {
        $exchange = OpenExchange::of(request());  // before open() replaces the current request

        // By reflection: a parameter from the URL is converted if the method declares an int, as in a controller.
        $answer = (new ReflectionMethod($this, $method))->invokeArgs($this, array_values($parameters));

        if ($answer === null) {
            $exchange?->accept();
        }

        return $answer;
    }

    /**
     * The action of a handler that has no open().
     *
     * @internal
     */
    final public function acceptAll(): void
    {
    }
}
