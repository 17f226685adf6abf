<?php

declare(strict_types=1);

namespace Laraman\Socket;

use Illuminate\Auth\AuthManager;
use Illuminate\Contracts\Auth\Authenticatable;
use Illuminate\Contracts\Config\Repository;
use Illuminate\Contracts\Debug\ExceptionHandler;
use Illuminate\Contracts\Session\Session;
use Illuminate\Foundation\Application;
use Illuminate\Http\Request;
use Illuminate\Pipeline\Pipeline;
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
    /**
     * The application's auth settings as they are while a connection of a guard is handled, taken apart at that guard; null
     * where the application has no such guard. By the guard of the connection's meta, '' for the default one.
     *
     * @var array<string, array{auth: array<array-key, mixed>, guards: array<array-key, mixed>, name: string, guard: array<array-key, mixed>}|null>
     */
    private array $settings = [];

    /** @param  Application  $app the booted application, of which each event gets a copy */
    public function __construct(
        private readonly SocketRoutes $routes,
        private readonly GatewayClient $gateway,
        AuthManager $auth,
        private readonly Application $app,
    ) {
        $auth->extend(ConnectionGuard::DRIVER, static fn (Application $app, string $name, array $config): ConnectionGuard => new ConnectionGuard(
            $app->make(AuthManager::class)->createUserProvider(is_string($config['provider'] ?? null) ? $config['provider'] : null),
            is_string($config['identifier'] ?? null) ? $config['identifier'] : '',
        ));

        $this->bindRequest($app);
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

        $method = $this->routes->method($app, $meta->route, $event['type']);

        if ($method === null) {
            return;
        }

        $connection = $this->connection($app, $event, $meta);
        $app->instance(Connection::class, $connection);
        $app->instance(Message::class, new Message($event['data'], $event['binary']));
        $app->forgetInstance('request');
        $this->authenticate($app, $event['user'], $meta->guard);

        try {
            $middleware = $method->middleware();

            if ($middleware === []) {
                $method->call($app, $meta->parameters);
            } else {
                (new Pipeline($app))
                    ->send($app->make('request'))
                    ->through($middleware)
                    ->then(static function () use ($method, $app, $meta): void {
                        $method->call($app, $meta->parameters);
                    });
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
        if ($guard !== null && ! str_starts_with($user, "$guard:")) {
            $guard = null;  // a handler has given the connection another user since
        }

        $settings = array_key_exists($guard ?? '', $this->settings)
            ? $this->settings[$guard ?? '']
            : $this->settings[$guard ?? ''] = $this->settings($guard);

        if ($settings !== null) {
            ['auth' => $auth, 'guards' => $guards, 'guard' => $one] = $settings;
            $one['identifier'] = UserName::identifier($user, $guard);
            $guards[$settings['name']] = $one;
            $auth['guards'] = $guards;
            $app->make(Repository::class)->set('auth', $auth);
        }
    }

    /** @return array{auth: array<array-key, mixed>, guards: array<array-key, mixed>, name: string, guard: array<array-key, mixed>}|null */
    private function settings(?string $guard): ?array
    {
        $auth = (array) $this->app->make(Repository::class)->get('auth', []);
        $defaults = (array) ($auth['defaults'] ?? []);
        $guards = (array) ($auth['guards'] ?? []);
        $name = $guard ?? $defaults['guard'] ?? null;

        if (! is_string($name) || ! is_array($one = $guards[$name] ?? null)) {
            return null;
        }

        return [
            'auth' => [...$auth, 'defaults' => [...$defaults, 'guard' => $name]],
            'guards' => $guards,
            'name' => $name,
            'guard' => [...$one, 'driver' => ConnectionGuard::DRIVER],
        ];
    }

    /**
     * While an event is handled, "the request" is a GET of the connection's path with no headers, made when somebody asks.
     */
    private function bindRequest(Application $app): void
    {
        $standIn = $app->make(Request::class);
        // Nobody else sees this one, so it has computed nothing yet (its path, say) that a copy would keep.
        $pristine = $standIn->duplicate();
        $app->singleton('request', static function (Application $app) use ($pristine): Request {
            $request = clone $pristine;
            $request->server->set('REQUEST_URI', $app->bound(Connection::class) ? $app->make(Connection::class)->path : '/');
            $request->setUserResolver(static fn (?string $guard = null): ?Authenticatable => $app->make(AuthManager::class)->guard($guard)->user());

            return $request;
        });
        $app->instance('request', $standIn);
    }
}
