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
 * Whether a connection's log-in still stands when it sends a message: the user is there, its session still has it logged
 * in, and its password is the session's, as AuthenticateSession checks it for a request.
 */
final class Recheck
{
    public function __construct(private readonly GatewayClient $gateway, private readonly UserNames $names)
    {
    }

    /**
     * Checks if the last check is older than the route allows, and notes that it has.
     *
     * @param  array<string, string>  $meta  the connection's
     * @param  string|null  $guard  of the connection's user
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
            return true;  // nobody could tell
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

    /** Of a user whom a handler gave the connection, or that was not found by a session, there is no more to know. */
    private function isLoggedIn(Application $app, ?Login $login, string $user, Authenticatable $model, string $guard, ConnectionSession $session): bool
    {
        if ($login === null || $login->user !== $user) {
            return true;
        }

        $key = Login::applicationKey($app);
        $hasMark = $login->password === '' || hash_equals($login->password, Login::mark($model, $key));

        if (($store = $session->get()) === null) {
            return $hasMark;  // the browser alone has the session
        }

        $identifier = $store->get(Login::sessionKey($guard));
        $stored = $store->get("password_hash_$guard");

        return $session->exists()
            && is_scalar($identifier) && (string) $identifier === $this->names->parse($user)[1]
            && (is_string($stored) ? self::isHashOf($stored, $model, $key) : $hasMark);
    }

    /** Laravel keeps an HMAC of the password hash in the session; older versions keep the hash itself. */
    private static function isHashOf(string $stored, Authenticatable $model, string $key): bool
    {
        $hash = $model->getAuthPassword();

        return ! is_string($hash) || $hash === '' || hash_equals(hash_hmac('sha256', $hash, $key), $stored) || hash_equals($hash, $stored);
    }
}
