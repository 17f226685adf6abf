<?php

declare(strict_types=1);

namespace Laraman\Socket;

use Illuminate\Auth\AuthManager;
use Illuminate\Contracts\Auth\Authenticatable;
use Illuminate\Foundation\Application;
use Laraman\Contracts\GatewayClient;
use Laraman\Gateway\UserNames;
use Laraman\Routing\SocketMeta;

/**
 * Checks whether a connection's log-in is still valid when it sends a message: the user must exist, the session must still
 * be logged in as that user, and the password must match the session's, as AuthenticateSession checks it for a request.
 */
final class Recheck
{
    public function __construct(private readonly GatewayClient $gateway, private readonly UserNames $names)
    {
    }

    /**
     * Checks the log-in if the last check is older than the route allows, and records the time of the check.
     *
     * @param  array<string, string>  $meta  the connection's meta
     * @param  string|null  $guard  guard of the connection's user
     * @return bool false: the log-in has ended
     */
    public function passes(Application $app, SocketEvent $event, array $meta, ?string $guard, ConnectionSession $session): bool
    {
        $user = $event->connection->userId();
        $seconds = $event->method->recheck;

        if ($seconds === null || $user === null || $guard === null || abs(time() - (int) ($meta[SocketMeta::CHECKED] ?? 0)) < $seconds) {
            return true;
        }

        $users = $app->make(AuthManager::class)->guard($guard);

        if ($users instanceof ConnectionGuard && ! $users->loadsUsers()) {
            return true;  // cannot be checked
        }

        $model = $users->user();

        if ($model === null || ! $this->isLoggedIn($app, $event->meta->login, $user, $model, $guard, $session)) {
            return false;
        }

        if ($seconds > 0) {
            $this->gateway->setMeta($event->connection->id, [SocketMeta::CHECKED => (string) time()]);
        }

        return true;
    }

    /** Checks the session, unless a handler has set the user, or the user does not come from a session. */
    private function isLoggedIn(Application $app, ?Login $login, string $user, Authenticatable $model, string $guard, ConnectionSession $session): bool
    {
        if ($login === null || $login->user !== $user) {
            return true;
        }

        $key = Login::applicationKey($app);
        $hasMark = $login->password === '' || hash_equals($login->password, Login::mark($model, $key));

        if (($store = $session->get()) === null) {
            return $hasMark;  // only the browser has the session
        }

        $identifier = $store->get(Login::sessionKey($guard));
        $stored = $store->get("password_hash_$guard");

        return $session->exists()
            && is_scalar($identifier) && (string) $identifier === $this->names->parse($user)[1]
            && (is_string($stored) ? self::isHashOf($stored, $model, $key) : $hasMark);
    }

    /** Laravel stores an HMAC of the password hash in the session; older versions store the hash itself. */
    private static function isHashOf(string $stored, Authenticatable $model, string $key): bool
    {
        $hash = $model->getAuthPassword();

        return ! is_string($hash) || $hash === '' || hash_equals(hash_hmac('sha256', $hash, $key), $stored) || hash_equals($hash, $stored);
    }
}
