<?php

declare(strict_types=1);

namespace Laraman\Socket;

use Closure;
use Illuminate\Auth\Events\CurrentDeviceLogout;
use Illuminate\Auth\Events\Logout;
use Illuminate\Auth\Events\OtherDeviceLogout;
use Illuminate\Contracts\Auth\Authenticatable;
use Illuminate\Contracts\Foundation\Application;
use Illuminate\Http\Request;
use Illuminate\Session\Store;
use Laraman\Contracts\GatewayClient;
use Laraman\Exceptions\GatewayUnavailable;
use Laraman\Gateway\UserNames;
use Laraman\Routing\SocketMeta;
use Psr\Log\LoggerInterface;

/**
 * Closes the sockets of a log-in that a request has ended, and assigns the sockets of a session to its new id. It is created
 * in each request in which a log-in ends or an id changes.
 */
final class LoginListener
{
    /** The attribute of a request whose end has been handled. */
    private const SETTLED = 'laraman.settled';

    /** @var list<string> log-ins that the request has ended so far */
    private array $ended = [];

    public function __construct(
        private readonly GatewayClient $gateway,
        private readonly UserNames $names,
        private readonly SocketRoutes $routes,
        private readonly LoggerInterface $log,
    ) {
    }

    /**
     * Closes the sockets of this session when the request has been handled: a page that reconnected earlier would find the
     * session still logged in.
     */
    public function loggedOut(Logout|CurrentDeviceLogout $event, Request $request): void
    {
        if ($event->user instanceof Authenticatable) {
            $this->ended = [...$this->ended, ...self::keys($request)];
        }
    }

    /** Closes the user's sockets of other sessions. */
    public function loggedOutElsewhere(OtherDeviceLogout $event, Request $request): void
    {
        if ($event->user instanceof Authenticatable && is_string($event->guard)) {
            $name = $this->names->authenticated($event->user, $event->guard);
            $this->attempt(fn () => $this->gateway->closeUser($name, Login::ENDED, Login::REASON, self::keys($request)[0] ?? ''));
        }
    }

    /** Handles the end of a request, once. For some requests the end is exit(). */
    public static function settle(Application $app, Request $request): void
    {
        if ($request->attributes->get(self::SETTLED) === true) {
            return;
        }

        $request->attributes->set(self::SETTLED, true);

        if ($app->resolved(self::class) || count(self::ids($request)) > 1 || NoteLogins::haveEnded($request)) {
            $app->make(self::class)->handled($request);
        }
    }

    /** Called if there was a log-out, or if the session has lost a log-in or has a new id. */
    private function handled(Request $request): void
    {
        [$now, $before] = [...self::ids($request), null, null];

        if ($this->ended !== [] || NoteLogins::haveEnded($request)) {
            $keys = array_unique([...$this->ended, ...self::keys($request)]);
            $this->ended = [];
            $this->attempt(fn () => $this->gateway->closeLogins(array_values($keys), Login::ENDED, Login::REASON));
        } elseif ($now !== null && $before !== null) {
            $this->attempt(fn () => $this->gateway->updateLogin(Login::key($before), Login::key($now), [SocketMeta::SESSION => $now]));
        }
    }

    /**
     * Reports a gateway that is unavailable, instead of throwing: a log-out works without a gateway, and an application
     * without sockets has none.
     *
     * @param  Closure(): mixed  $tell
     */
    private function attempt(Closure $tell): void
    {
        if ($this->routes->isEmpty()) {
            return;
        }

        try {
            $tell();
        } catch (GatewayUnavailable $e) {
            $this->log->warning('The gateway could not be notified that a session has ended or has a new id: its sockets stay open until they are rechecked.', ['reason' => $e->getMessage()]);
        }
    }

    /**
     * @return list<string> as Login::key()
     */
    private static function keys(Request $request): array
    {
        return array_map(Login::key(...), self::ids($request));
    }

    /**
     * The id of the request's session, and the id that its browser sent, if it is a different one.
     *
     * @return list<string>
     */
    private static function ids(Request $request): array
    {
        $session = $request->hasSession() ? $request->session() : null;

        if (! $session instanceof Store) {
            return [];
        }

        $sent = $request->cookies->get($session->getName());

        return is_string($sent) && $sent !== $session->getId() && $session->isValidId($sent) ? [$session->getId(), $sent] : [$session->getId()];
    }
}
