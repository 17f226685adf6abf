<?php

declare(strict_types=1);

namespace Laraman\Socket;

use Illuminate\Auth\AuthManager;
use Illuminate\Contracts\Auth\Authenticatable;
use Illuminate\Contracts\Debug\ExceptionHandler;
use Illuminate\Foundation\Application;
use Illuminate\Http\Request;
use Illuminate\Validation\ValidationException;
use Laraman\Connection;
use Laraman\Contracts\GatewayClient;
use Laraman\Gateway\UserNames;
use Laraman\Message;
use Laraman\Native\EventJob;
use Laraman\Routing\SocketMeta;
use Laraman\Worker\HandlerOutput;
use Psr\Log\LoggerInterface;
use Throwable;

/**
 * Passes a socket event to the handler of the route by which its connection was opened.
 */
final class EventHandler
{
    /** @param  Application  $app  the booted application */
    public function __construct(
        private readonly SocketRoutes $routes,
        private readonly GatewayClient $gateway,
        private readonly ConnectionAuth $auth,
        private readonly Recheck $recheck,
        private readonly UserNames $names,
        private readonly Application $app,
    ) {
        $this->bindRequest($app);
        $app->bind(Message::class, static fn (Application $app): Message => $app->make(SocketEvent::class)->message);
    }

    /** Handles one event. The caller restores the application's state afterwards. */
    public function handle(EventJob $event): void
    {
        $app = $this->app;
        $meta = SocketMeta::decode($event->meta[SocketMeta::NAME] ?? '');
        $isMessage = $event->type === 'message';

        if (! $isMessage && $event->type !== 'close') {
            return;
        }

        if ($meta === null || ! $this->routes->has($meta->route)) {
            $app->make(LoggerInterface::class)->warning('The route of a socket event does not exist any more.', [
                'connection' => $event->connection, 'path' => $event->path, 'event' => $event->type,
            ]);

            if ($isMessage) {
                $this->gateway->close($event->connection, 1011, '');
            }

            return;
        }

        try {
            $method = $this->routes->method($app, $meta->route, $event->type);
        } catch (Throwable $e) {
            $app->make(ExceptionHandler::class)->report($e);

            if ($isMessage) {
                $this->gateway->close($event->connection, 1011, FailureReason::of($app, $e));
            }

            return;
        }

        if ($method === null) {
            return;
        }

        $guard = $this->auth->authenticate($event->user, $this->names->parse($event->user)[0] === ($meta->guard ?? $this->names->default) ? $meta->provider : null);
        $session = new ConnectionSession($app, $event->meta[SocketMeta::SESSION] ?? $meta->session);
        $connection = $this->connection($app, $event, $guard, $session);
        $app->instance(Connection::class, $connection);
        $app->instance(SocketEvent::class, $current = new SocketEvent($connection, new Message($event->data, $event->binary), $meta, $method));
        $app->forgetInstance('request');

        try {
            HandlerOutput::collect("handler=$event->type connection=$event->connection path=$event->path", fn () => match (true) {
                ! $isMessage => $this->call($app, $current, false),
                ! $this->mayGoOn($app, $current, $event->meta, $guard, $session) => null,
                $method->hasMiddleware() => $this->callWithMiddleware($app, $current),
                default => $this->call($app, $current, true),
            });
        } finally {
            $session->release();
        }
    }

    /**
     * Checks the log-in, and closes the connection if the log-in has ended.
     *
     * @param  array<string, string>  $meta
     */
    private function mayGoOn(Application $app, SocketEvent $event, array $meta, ?string $guard, ConnectionSession $session): bool
    {
        try {
            if ($this->recheck->passes($app, $event, $meta, $guard, $session)) {
                return true;
            }

            $event->connection->close(Login::ENDED, Login::REASON);
        } catch (Throwable $e) {
            $app->make(ExceptionHandler::class)->report($e);
            $event->connection->close(1011, FailureReason::of($app, $e));
        }

        return false;
    }

    private function call(Application $app, SocketEvent $event, bool $isMessage): void
    {
        try {
            $event->method->call($app, $event);
        } catch (Throwable $e) {
            if (! $e instanceof ValidationException) {
                $app->make(ExceptionHandler::class)->report($e);
            }

            if ($isMessage) {
                self::answerTo($app, $event->connection, $e);
            }
        }
    }

    /** Handles a message whose route has message middleware. */
    private function callWithMiddleware(Application $app, SocketEvent $event): void
    {
        try {
            $refusal = MessagePipeline::run($app, $event);

            if ($refusal !== null && ! $event->connection->isClosing()) {
                $event->connection->send('error', $refusal);
            }
        } catch (Throwable $e) {
            self::answerTo($app, $event->connection, $e);
        }
    }

    /** Answers the client if its message caused an exception. */
    private static function answerTo(Application $app, Connection $connection, Throwable $e): void
    {
        if ($connection->isClosing()) {
            return;
        }

        $e instanceof ValidationException
            ? $connection->send('error', ['status' => $e->status, 'message' => $e->getMessage(), 'errors' => $e->errors()])
            : $connection->close(1011, FailureReason::of($app, $e));
    }

    /** @param  string|null  $guard  the user's guard */
    private function connection(Application $app, EventJob $event, ?string $guard, ConnectionSession $session): Connection
    {
        return new Connection(
            $event->connection,
            $this->gateway,
            $event->user,
            $event->session,
            $event->channels,
            $event->path,
            // With the guard's name: a handler may make another guard the default one.
            static fn (): ?Authenticatable => $guard === null ? null : $app->make(AuthManager::class)->guard($guard)->user(),
            $session->get(...),
            $this->names,
        );
    }

    /** Binds "the request" of an event, which is created on first use. */
    private function bindRequest(Application $app): void
    {
        $standIn = $app->make(Request::class);
        $root = $standIn->getSchemeAndHttpHost();
        $app->singleton('request', static fn (Application $app): Request => $app->bound(SocketEvent::class)
            ? EventRequest::of($app, $app->make(SocketEvent::class), $root)
            : $standIn);
        $app->instance('request', $standIn);
    }
}
