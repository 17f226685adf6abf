<?php

declare(strict_types=1);

namespace Laraman\Socket;

use Illuminate\Auth\AuthManager;
use Illuminate\Contracts\Auth\Authenticatable;
use Illuminate\Contracts\Debug\ExceptionHandler;
use Illuminate\Contracts\Foundation\Application;
use Illuminate\Contracts\Session\Session;
use Illuminate\Http\Request;
use Illuminate\Pipeline\Pipeline;
use Illuminate\Routing\Router;
use Illuminate\Session\Store;
use Illuminate\Validation\ValidationException;
use Laraman\Connection;
use Laraman\Contracts\GatewayClient;
use Laraman\Gateway\UserName;
use Laraman\Message;
use Laraman\Routing\SocketMeta;
use Psr\Log\LoggerInterface;
use Throwable;

/**
 * Gives a socket event to the handler of the route that its connection was opened by.
 */
final class EventHandler
{
    private readonly Request $request;

    public function __construct(
        private readonly SocketRoutes $routes,
        private readonly GatewayClient $gateway,
        private readonly Router $router,
        AuthManager $auth,
        Application $app,
    ) {
        $this->request = clone $app->make('request');

        $auth->extend(ConnectionGuard::DRIVER, static fn (Application $app, string $name, array $config): ConnectionGuard => new ConnectionGuard(
            $app->make(AuthManager::class)->createUserProvider($config['provider'] ?? null),
            is_string($config['identifier'] ?? null) ? $config['identifier'] : '',
        ));
    }

    /**
     * Handles one event in an application of its own.
     *
     * @param  array{type: 'open'|'message'|'close', connection: string, user: string, session: string, channels: list<string>, path: string, meta: array<string, string>, data: string, binary: bool, code: int, reason: string}  $event
     */
    public function handle(Application $app, array $event): void
    {
        $meta = SocketMeta::decode($event['meta'][SocketMeta::NAME] ?? '');
        $isMessage = $event['type'] === 'message';

        if (! $isMessage && $event['type'] !== 'close') {
            return;
        }

        if ($meta === null || ! $this->routes->has($meta->route)) {
            $app->make(LoggerInterface::class)->warning('A socket event has no route any more.', [
                'connection' => $event['connection'], 'path' => $event['path'], 'event' => $event['type'],
            ]);

            if ($isMessage) {
                $this->gateway->close($event['connection'], 1011, '');
            }

            return;
        }

        $method = $this->routes->method($meta->route, $event['type']);

        if ($method === null) {
            return;
        }

        $connection = $this->connection($app, $event, $meta);
        $app->instance(Connection::class, $connection);
        $app->instance(Message::class, new Message($event['data'], $event['binary']));
        $this->authenticate($app, $event['user'], $meta->guard);
        $request = $this->bindRequest($app, $event['path']);

        try {
            if ($method->middleware === []) {
                $method->call($app, $meta->parameters);
            } else {
                (new Pipeline($app))
                    ->send($request)
                    ->through($this->router->resolveMiddleware($method->middleware))
                    ->then(static fn (): mixed => $method->call($app, $meta->parameters));
            }
        } catch (ValidationException $e) {
            if ($isMessage && ! $connection->isClosing()) {
                $connection->send('error', ['message' => $e->getMessage(), 'errors' => $e->errors()]);
            }
        } catch (Throwable $e) {
            $app->make(ExceptionHandler::class)->report($e);

            if ($isMessage && ! $connection->isClosing()) {
                $connection->close(1011);
            }
        }
    }

    /**
     * @param  array{connection: string, user: string, session: string, channels: list<string>, path: string, ...}  $event
     */
    private function connection(Application $app, array $event, SocketMeta $meta): Connection
    {
        return new Connection(
            $event['connection'],
            $this->gateway,
            $event['user'],
            $event['session'],
            $event['channels'],
            $event['path'],
            static fn (): ?Authenticatable => $app->make(AuthManager::class)->guard()->user(),
            static fn (): ?Session => self::session($app, $meta->session),
        );
    }

    private static function session(Application $app, ?string $id): ?Session
    {
        $store = $app->make('session.store');

        if ($id === null || ! $store instanceof Store) {
            return null;
        }

        if (! $store->isStarted() || $store->getId() !== $id) {
            $store->flush();
            $store->setId($id);
            $store->start();
        }

        return $store;
    }

    /** Makes the connection's user the authenticated one, without loading it. */
    private function authenticate(Application $app, string $user, ?string $guard): void
    {
        $config = $app->make('config');

        if ($guard !== null && ! str_starts_with($user, "$guard:")) {
            $guard = null;  // a handler has given the connection another user since
        }

        if ($guard !== null) {
            $config->set('auth.defaults.guard', $guard);
        }

        $name = $config->get('auth.defaults.guard');

        if (is_string($name) && is_array($settings = $config->get("auth.guards.$name"))) {
            $config->set("auth.guards.$name", [
                ...$settings,
                'driver' => ConnectionGuard::DRIVER,
                'identifier' => UserName::identifier($user, $guard),
            ]);
        }
    }

    /** A GET of the connection's path, with no headers, for code that asks for "the request". */
    private function bindRequest(Application $app, string $path): Request
    {
        $request = clone $this->request;
        $request->server->set('REQUEST_URI', $path);
        $app->instance('request', $request);

        return $request;
    }
}
