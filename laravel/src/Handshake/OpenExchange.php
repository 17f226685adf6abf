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
 * One WebSocket handshake: the OPEN request of WebSocket-over-HTTP becomes the GET that the client sent, passes through
 * the application as any request does, and the application's response becomes the answer to OPEN.
 *
 * Both worker kinds use it, resident and php-fpm. Whether a request is such an exchange is decided by a FastCGI
 * parameter only (isOpen()): no header that a client sends can produce it.
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
     * The server variables of the GET that an OPEN request came from. Its body and form are empty.
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
     * Begins the exchange for a restored request: from here on the handler's Connection can be had from the container.
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

    /** The handler has let the connection in. */
    public function accept(): void
    {
        $this->accepted = true;
    }

    /**
     * The answer to OPEN, made from the application's response: cookies and the other headers stay. A response by which
     * the application refuses (the handler did not run to its end, or something replaced its answer) is given back
     * untouched.
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

    /** As answer(); an error in it is reported, and its page is the answer. */
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

    /** The guard that the request is authenticated by: the one that its middleware chose, or the default one. */
    private function guard(): string
    {
        return $this->names->default === '' ? '' : $this->app->make(AuthManager::class)->getDefaultDriver();
    }

    /** The user that the request is authenticated as; null for a guest. */
    private function authenticated(string $guard): ?Authenticatable
    {
        return $guard === '' ? null : $this->app->make(AuthManager::class)->guard($guard)->user();
    }

    private function login(string $guard, ?Session $session, Authenticatable $user, string $name): ?Login
    {
        return Login::of($this->app->make(AuthManager::class)->guard($guard), $session, $user, $name, Login::applicationKey($this->app));
    }
}
