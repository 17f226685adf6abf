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
 * Ends the sockets of a log-in that a request has ended, and lets those of a session follow its new id. Made for each
 * request in which there is something to do.
 */
final class LoginListener
{
    /** The attribute of a request whose end has been seen. */
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
     * The sockets of this session, which are closed when the request has been handled: a page that connected again before
     * would find the session still there.
     */
    public function loggedOut(Logout|CurrentDeviceLogout $event, Request $request): void
    {
        if ($event->user instanceof Authenticatable) {
            $this->ended = [...$this->ended, ...self::keys($request)];
        }
    }

    /** The user's sockets of other sessions. */
    public function loggedOutElsewhere(OtherDeviceLogout $event, Request $request): void
    {
        if ($event->user instanceof Authenticatable && is_string($event->guard)) {
            $name = $this->names->authenticated($event->user, $event->guard);
            $this->attempt(fn () => $this->gateway->closeUser($name, Login::ENDED, Login::REASON, self::keys($request)[0] ?? ''));
        }
    }

    /** At the end of a request, which is its exit() for some: once. */
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

    /** There was a log-out, or the session has lost a log-in, or has another id than before. */
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
     * A log-out works without its gateway, and applications without sockets have none.
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
            $this->log->warning('The gateway could not be told that a session has ended or has a new id: its sockets live on until they are rechecked.', ['reason' => $e->getMessage()]);
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
     * The id of the request's session, and then the one that its browser sent, if that is another.
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
