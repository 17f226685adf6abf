<?php

declare(strict_types=1);

namespace Laraman\Socket;

use Illuminate\Auth\AuthenticationException;
use Illuminate\Foundation\Application;
use Illuminate\Http\Request;
use Illuminate\Http\Response;
use Illuminate\Routing\Pipeline;
use Illuminate\Routing\Router;
use Illuminate\Validation\ValidationException;
use Symfony\Component\HttpFoundation\Response as SymfonyResponse;
use Symfony\Component\HttpKernel\Exception\HttpExceptionInterface;
use Throwable;

/**
 * Runs message middleware around a handler's message(), as Laravel's router runs a route's around its action: on a request
 * with route, user and session, and on a response, into which exceptions are rendered.
 */
final class MessagePipeline
{
    /** Maximum bytes of a plain text response that is sent to the client; a longer response is a page. */
    private const LONGEST_TEXT = 500;

    private bool $ran = false;

    private ?Throwable $failure = null;

    private function __construct(private readonly Application $app, private readonly SocketEvent $event)
    {
    }

    /**
     * Null if the handler ran to its end, or if middleware dropped the message with its own 2xx response; otherwise the data
     * of the "error" event for the client.
     *
     * @return array{status: int, message: string, errors?: mixed}|null
     *
     * @throws Throwable  the handler's exception, or an exception of middleware that is not a refusal; it has been reported
     */
    public static function run(Application $app, SocketEvent $event): ?array
    {
        return (new self($app, $event))->result();
    }

    /** @return array{status: int, message: string, errors?: mixed}|null */
    private function result(): ?array
    {
        $request = $this->app->make(Request::class);
        $response = Router::toResponse($request, (new Pipeline($this->app))
            ->send($request)
            ->through($this->event->method->middleware($this->event))
            ->then($this->handle(...)));

        if ($this->failure !== null) {
            throw $this->failure;
        }

        $exception = ($response->exception ?? null) instanceof Throwable ? $response->exception : null;
        $status = self::status($response, $exception);

        if ($exception !== null && $status >= 500 && ! $exception instanceof HttpExceptionInterface) {
            throw $exception;
        }

        return $status < 300 || ($this->ran && $status < 400) ? null : ['status' => $status, ...self::description($response, $exception)];
    }

    private function handle(): Response
    {
        $this->ran = true;

        try {
            $this->event->method->callBound($this->app, $this->event);
        } catch (Throwable $e) {
            throw $this->failure = $e;
        }

        return new Response;
    }

    /** Some applications render these exceptions as redirects, which a socket cannot follow. */
    private static function status(SymfonyResponse $response, ?Throwable $exception): int
    {
        return match (true) {
            $exception instanceof AuthenticationException => 401,
            $exception instanceof ValidationException => $exception->status,
            default => $response->getStatusCode(),
        };
    }

    /** @return array{message: string, errors?: mixed} */
    private static function description(SymfonyResponse $response, ?Throwable $exception): array
    {
        if ($exception instanceof ValidationException) {
            return ['message' => $exception->getMessage(), 'errors' => $exception->errors()];
        }

        $content = (string) $response->getContent();
        $json = json_decode($content, true);

        if (is_array($json)) {
            $text = is_string($json['message'] ?? null) ? $json['message'] : '';
            $errors = isset($json['errors']) ? ['errors' => $json['errors']] : [];
        } else {
            $text = strlen($content) <= self::LONGEST_TEXT && strip_tags($content) === $content && mb_check_encoding($content, 'UTF-8') ? $content : '';
            $errors = [];
        }

        return ['message' => $text !== '' ? $text : SymfonyResponse::$statusTexts[self::status($response, $exception)] ?? 'Refused', ...$errors];
    }
}
