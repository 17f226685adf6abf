<?php

declare(strict_types=1);

namespace Laraman\Handshake;

use Illuminate\Auth\AuthManager;
use Illuminate\Contracts\Auth\Authenticatable;
use Illuminate\Contracts\Debug\ExceptionHandler;
use Illuminate\Contracts\Foundation\Application;
use Illuminate\Contracts\Session\Session;
use Illuminate\Http\Request;
use Illuminate\Routing\Route;
use Laraman\Connection;
use Laraman\Gateway\UserNames;
use Laraman\Native\RequestJob;
use Laraman\Routing\Origin;
use Laraman\Routing\SocketAction;
use Laraman\Routing\SocketMeta;
use Laraman\Socket\ConnectionAuth;
use Laraman\Socket\Login;
use Laraman\Socket\SocketRoutes;
use Symfony\Component\HttpFoundation\Response;
use Throwable;

/**
 * One WebSocket handshake: turns the OPEN request of WebSocket-over-HTTP into the GET that the client sent, which passes
 * through the application like any request, and turns the application's response into the answer to OPEN.
 *
 * Resident workers and php-fpm use it. Only a FastCGI parameter marks a request as a handshake (isOpen()): a client cannot
 * produce it with a header.
 */
final class OpenExchange
{
    public const CONTENT_TYPE = 'application/websocket-events';

    private const PARAMETER = 'LARAMAN_EVENTS';

    private readonly Answer $answer;

    private bool $accepted = false;

    private function __construct(
        private readonly Application $app,
        public readonly string $connectionId,
        private readonly UserNames $names,
    ) {
        $this->answer = new Answer;
    }

    /**
     * Whether a request with these server variables is a handshake by the gateway.
     *
     * @param  array<array-key, mixed>  $server
     */
    public static function isOpen(array $server): bool
    {
        return ($server[self::PARAMETER] ?? null) === '1';
    }

    /**
     * The server variables of the client's GET, from those of the OPEN request. Its body and form are empty.
     *
     * @param  array<string, mixed>  $server
     * @return array<string, mixed>
     */
    public static function restore(array $server): array
    {
        foreach (array_keys($server) as $name) {
            if (str_starts_with($name, 'HTTP_META_') || str_starts_with($name, 'HTTP_GRIP_')) {
                unset($server[$name]);
            }
        }

        unset(
            $server[self::PARAMETER], $server['HTTP_CONNECTION_ID'], $server['HTTP_ACCEPT'],
            $server['CONTENT_TYPE'], $server['CONTENT_LENGTH'], $server['HTTP_CONTENT_TYPE'], $server['HTTP_CONTENT_LENGTH'],
        );
        $server['REQUEST_METHOD'] = 'GET';

        return $server;
    }

    /**
     * Begins the exchange for a restored request: from now on the container can resolve the handler's Connection.
     */
    public static function begin(Application $app, Request $request, RequestJob $job): self
    {
        $id = $job->server['HTTP_CONNECTION_ID'] ?? '';
        $exchange = new self($app, is_string($id) ? $id : '', $app->make(UserNames::class));

        $request->attributes->set(self::class, $exchange);

        $app->instance(Connection::class, new Connection(
            $exchange->connectionId,
            $exchange->answer,
            path: $request->getPathInfo(),
            userResolver: static fn (): ?Authenticatable => $app->make(AuthManager::class)->guard()->user(),
            sessionResolver: static fn (): ?Session => $request->hasSession() ? $request->session() : null,
            names: $exchange->names,
        ));

        return $exchange;
    }

    /** The exchange that a request belongs to; null for an ordinary request. */
    public static function of(Request $request): ?self
    {
        $exchange = $request->attributes->get(self::class);

        return $exchange instanceof self ? $exchange : null;
    }

    /** The handler has accepted the connection. */
    public function accept(): void
    {
        $this->accepted = true;
    }

    /**
     * The answer to OPEN, made from the application's response, with its cookies and other headers. If the application
     * refuses (the handler did not run to its end, or its response was replaced), returns the response unchanged.
     */
    public function answer(Request $request, Response $response): Response
    {
        $route = $request->route();

        if (! $this->accepted || $response->getStatusCode() !== 200 || ! $route instanceof Route) {
            return $response;
        }

        $guard = $this->guard();
        $model = $this->authenticated($guard);
        $authenticated = $model === null ? '' : $this->names->authenticated($model, $guard);
        $user = $this->answer->user() ?? $authenticated;
        $session = $request->hasSession() ? $request->session() : null;
        $action = SocketAction::of($route);
        $key = SocketMeta::key($route);
        $isRechecked = $user !== '' && $action !== null && $this->app->make(SocketRoutes::class)->recheck($key, $action, $route) !== null;

        $answer = new Response($this->answer->body(), 200);
        $answer->headers = clone $response->headers;
        $answer->headers->remove('Content-Length');
        $answer->headers->set('Content-Type', self::CONTENT_TYPE);
        $answer->headers->set('Sec-WebSocket-Extensions', 'grip');
        $answer->headers->set('Set-Meta-Socket', (new SocketMeta(
            $key,
            array_map(static fn (mixed $value): ?string => is_scalar($value) ? (string) $value : null, $route->originalParameters()),
            $session?->getId(),
            $guard === $this->names->default ? null : $guard,
            ($action->messageMiddleware ?? []) === [] ? null : Origin::of($request),
            $isRechecked && $model !== null && $user === $authenticated ? $this->login($guard, $session, $model, $user) : null,
            $model === null ? null : $this->app->make(ConnectionAuth::class)->providerOf($model, $guard),
        ))->encode());

        if ($session !== null) {
            $answer->headers->set('Set-Meta-Login', Login::key($session->getId()));
        }

        if ($isRechecked) {
            $answer->headers->set('Set-Meta-'.SocketMeta::CHECKED, (string) time());
        }

        if ($user !== '') {
            $answer->headers->set('Set-Meta-User', HeaderValue::safe($user, 'user'));
        }

        if ($this->answer->session() !== '') {
            $answer->headers->set('Set-Meta-Session', $this->answer->session());
        }

        return $answer;
    }

    /** Like answer(); if answer() throws, the exception is reported, and its error page is the answer. */
    public function answerOrError(Request $request, Response $response): Response
    {
        try {
            return $this->answer($request, $response);
        } catch (Throwable $e) {
            $handler = $this->app->make(ExceptionHandler::class);
            $handler->report($e);

            return $handler->render($request, $e);
        }
    }

    /** The guard that authenticates the request: the one that its middleware has chosen, or the default guard. */
    private function guard(): string
    {
        return $this->names->default === '' ? '' : $this->app->make(AuthManager::class)->getDefaultDriver();
    }

    /** The request's authenticated user; null for a guest. */
    private function authenticated(string $guard): ?Authenticatable
    {
        return $guard === '' ? null : $this->app->make(AuthManager::class)->guard($guard)->user();
    }

    private function login(string $guard, ?Session $session, Authenticatable $user, string $name): ?Login
    {
        return Login::of($this->app->make(AuthManager::class)->guard($guard), $session, $user, $name, Login::applicationKey($this->app));
    }
}
