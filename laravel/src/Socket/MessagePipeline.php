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
    /** Longest plain text of a response that is told to the client; a longer one is a page. */
    private const LONGEST_TEXT = 500;

    private bool $ran = false;

    private ?Throwable $failure = null;

    private function __construct(private readonly Application $app, private readonly SocketEvent $event)
    {
    }

    /**
     * Null if the handler ran to its end, or middleware dropped the message with a 2xx response of its own; else the data
     * of the "error" event that tells the client.
     *
     * @return array{status: int, message: string, errors?: mixed}|null
     *
     * @throws Throwable  what the handler threw, or middleware threw that is no refusal; it has been reported
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
