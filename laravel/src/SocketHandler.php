<?php

declare(strict_types=1);

namespace Laraman;

use Laraman\Handshake\OpenExchange;
use ReflectionMethod;

/**
 * What happens on the connections of one socket route. Extend it and add what you need of
 *
 *     open(Connection $connection, …)                       a client has connected and passed the route's middleware
 *     message(Connection $connection, Message $message, …)  it has sent a message
 *     close(Connection $connection, …)                      the connection is gone
 *
 * The methods are not declared here because each takes what it wants, as a controller's do: the route's parameters in
 * their order (bound to models and enums by type), and anything that the container can make. A method that is missing
 * is skipped; without open() every client that the middleware lets through is accepted.
 *
 * open() runs inside the handshake, an ordinary request: what it throws, aborts with or returns (a response, a
 * redirect) refuses the connection with that answer; returning nothing accepts it. A handler is made anew for each
 * event, so nothing can be kept in its properties: use the connection's session, its channels, the cache or a database.
 */
abstract class SocketHandler
{
    /**
     * Called by Laravel's router in place of the route's action; notes that nothing spoke against the connection.
     *
     * @internal
     *
     * @param  array<array-key, mixed>  $parameters
     */
    final public function callAction(string $method, array $parameters): mixed
    {
        $exchange = OpenExchange::of(request());  // before open() makes a request of its own, which takes its place

        // By reflection: what comes from the address becomes an int where the method says so, as in a controller.
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
