<?php

declare(strict_types=1);

namespace Laraman\Octane;

use Illuminate\Contracts\Config\Repository;
use Illuminate\Foundation\Application;
use Illuminate\Http\Request;
use Laraman\Handshake\OpenExchange;
use Laraman\Native\RequestJob;
use Laraman\Worker\HandlerOutput;
use Laraman\Worker\RequestFactory;
use Laraman\Worker\Responder;
use Laravel\Octane\Contracts\Client;
use Laravel\Octane\Octane;
use Laravel\Octane\OctaneResponse;
use Laravel\Octane\RequestContext;
use LogicException;
use Throwable;

/**
 * Octane's client for Laraman: creates requests for Octane's worker from the program's jobs, and sends its responses.
 */
final class LaramanClient implements Client
{
    private readonly Responder $responder;

    public function __construct()
    {
        $this->responder = new Responder;
    }

    /** @return array{Request, RequestContext} */
    public function marshalRequest(RequestContext $context): array
    {
        $job = self::job($context);

        return [$job->isHandshake ? RequestFactory::handshake($job) : RequestFactory::fromJob($job), $context];
    }

    public function respond(RequestContext $context, OctaneResponse $response): void
    {
        $answer = $response->response;
        $exchange = $context->data['exchange'] ?? null;
        $request = $context->data['request'] ?? null;

        if ($exchange instanceof OpenExchange && $request instanceof Request) {
            $answer = $exchange->answerOrError($request, $answer);
        }

        ob_start();

        if ($exchange instanceof OpenExchange) {
            HandlerOutput::log((string) $response->outputBuffer, "handler=open connection=$exchange->connectionId");
        } else {
            echo $response->outputBuffer;
        }

        $this->responder->send($answer, self::level($context));
    }

    public function error(Throwable $e, Application $app, Request $request, RequestContext $context): void
    {
        $debug = $app->make(Repository::class)->get('app.debug') === true;
        $this->responder->sendText(500, Octane::formatExceptionForClient($e, $debug), self::level($context));
    }

    /** The program's job for the request of this context. */
    public static function job(RequestContext $context): RequestJob
    {
        return $context->data['job'] instanceof RequestJob ? $context->data['job'] : throw new LogicException('The context has no job.');
    }

    private static function level(RequestContext $context): int
    {
        return is_int($level = $context->data['level'] ?? null) ? $level : 0;
    }
}
