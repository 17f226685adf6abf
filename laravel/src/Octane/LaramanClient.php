<?php

declare(strict_types=1);

namespace Laraman\Octane;

use Illuminate\Contracts\Config\Repository;
use Illuminate\Contracts\Debug\ExceptionHandler;
use Illuminate\Foundation\Application;
use Illuminate\Http\Request;
use Laraman\Handshake\OpenExchange;
use Laraman\Worker\HandlerOutput;
use Laraman\Worker\RequestFactory;
use Laraman\Worker\Responder;
use Laravel\Octane\Contracts\StoppableClient;
use Laravel\Octane\Octane;
use Laravel\Octane\OctaneResponse;
use Laravel\Octane\RequestContext;
use Throwable;

/**
 * What Octane's worker talks to here: makes its requests of the program's jobs, and gives its responses back.
 */
final class LaramanClient implements StoppableClient
{
    private bool $stopped = false;

    private readonly Responder $responder;

    public function __construct()
    {
        $this->responder = new Responder;
    }

    /** @return array{Request, RequestContext} */
    public function marshalRequest(RequestContext $context): array
    {
        /** @var array{type: 'request', query: array<array-key, mixed>, post: array<array-key, mixed>, cookies: array<array-key, mixed>, files: array<array-key, mixed>, server: array<string, mixed>, websocket_events: bool} $job */
        $job = $context['job'];

        return [
            $job['websocket_events']
                ? RequestFactory::handshake($job['query'], $job['cookies'], OpenExchange::restore($job['server']))
                : RequestFactory::fromJob($job),
            $context,
        ];
    }

    public function respond(RequestContext $context, OctaneResponse $response): void
    {
        $answer = $response->response;
        $exchange = $context->data['exchange'] ?? null;
        $request = $context->data['request'] ?? null;

        if ($exchange instanceof OpenExchange && $request instanceof Request) {
            $answer = $this->answer($exchange, $request, $response);
        }

        ob_start();

        if ($exchange instanceof OpenExchange) {
            HandlerOutput::log((string) $response->outputBuffer, "handler=open connection=$exchange->connectionId");
        } else {
            echo $response->outputBuffer;
        }

        $this->responder->send($answer, self::level($context), self::sendfile($context));
    }

    public function error(Throwable $e, Application $app, Request $request, RequestContext $context): void
    {
        $debug = $app->make(Repository::class)->get('app.debug') === true;
        $this->responder->sendText(500, Octane::formatExceptionForClient($e, $debug), self::level($context));
    }

    /** After an error that Laravel did not handle: the application is to be booted anew. */
    public function stop(): void
    {
        $this->stopped = true;
    }

    public function isStopped(): bool
    {
        return $this->stopped;
    }

    private function answer(OpenExchange $exchange, Request $request, OctaneResponse $response): \Symfony\Component\HttpFoundation\Response
    {
        try {
            return $exchange->answer($request, $response->response);
        } catch (Throwable $e) {
            $handler = app(ExceptionHandler::class);
            $handler->report($e);

            return $handler->render($request, $e);
        }
    }

    /** The word by which the gateway sends a file itself, while this worker has other things to do; empty: it does not. */
    private static function sendfile(RequestContext $context): string
    {
        $job = (array) ($context->data['job'] ?? []);
        $word = ((array) ($job['server'] ?? []))['LARAMAN_SENDFILE'] ?? '';

        return is_string($word) ? $word : '';
    }

    private static function level(RequestContext $context): int
    {
        return is_int($level = $context->data['level'] ?? null) ? $level : 0;
    }
}
