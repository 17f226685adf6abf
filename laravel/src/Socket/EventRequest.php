<?php

declare(strict_types=1);

namespace Laraman\Socket;

use Illuminate\Auth\AuthManager;
use Illuminate\Contracts\Auth\Authenticatable;
use Illuminate\Foundation\Application;
use Illuminate\Http\Request;
use Illuminate\Routing\Route;
use Symfony\Component\HttpFoundation\Session\SessionInterface;

/**
 * "The request" while a socket event is handled: a GET of the connection's path, with its route, its user and its browser's
 * session, which is loaded on first use. It accepts JSON, and has no other headers. If the route has message middleware, it
 * also has the scheme, host, query and client address of the handshake.
 *
 * @internal
 */
final class EventRequest extends Request
{
    private ?SocketEvent $event = null;

    /** @param  string  $root  scheme and host, if those of the handshake are not known */
    public static function of(Application $app, SocketEvent $event, string $root): self
    {
        $origin = $event->meta->origin;
        $parts = (array) parse_url($origin === null ? $root : $origin->root);
        $secure = ($parts['scheme'] ?? '') === 'https';
        $host = is_string($parts['host'] ?? null) ? $parts['host'] : 'localhost';
        $port = is_int($parts['port'] ?? null) ? $parts['port'] : null;
        $query = $origin === null ? '' : $origin->query;
        parse_str($query, $values);

        $request = new self($values, [], [], [], [], [
            'REQUEST_METHOD' => 'GET',
            'REQUEST_URI' => $event->connection->path.($query === '' ? '' : "?$query"),
            'QUERY_STRING' => $query,
            'SCRIPT_NAME' => '/index.php',
            'SCRIPT_FILENAME' => '/index.php',
            'SERVER_PROTOCOL' => 'HTTP/1.1',
            'SERVER_NAME' => $host,
            'SERVER_PORT' => $port ?? ($secure ? 443 : 80),
            'REQUEST_TIME' => time(),
            'REQUEST_TIME_FLOAT' => microtime(true),
            'HTTP_HOST' => $port === null ? $host : "$host:$port",
            'HTTP_ACCEPT' => 'application/json',
            ...($secure ? ['HTTPS' => 'on'] : []),
            ...($origin === null || $origin->address === '' ? [] : ['REMOTE_ADDR' => $origin->address]),
        ], '');
        $request->event = $event;
        $request->setRouteResolver(static fn (): Route => $event->route());
        $request->setUserResolver(static fn (?string $guard = null): ?Authenticatable => $app->make(AuthManager::class)->guard($guard)->user());

        return $request;
    }

    public function hasSession(bool $skipIfUninitialized = false): bool
    {
        if ($this->event !== null && ! parent::hasSession() && ($session = $this->event->connection->laravelSession()) !== null) {
            $this->setLaravelSession($session);
        }

        return parent::hasSession();
    }

    public function getSession(): SessionInterface
    {
        $this->hasSession();

        return parent::getSession();
    }
}
