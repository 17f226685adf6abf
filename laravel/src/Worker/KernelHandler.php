<?php

declare(strict_types=1);

namespace Laraman\Worker;

use Illuminate\Contracts\Config\Repository;
use Illuminate\Contracts\Debug\ExceptionHandler;
use Illuminate\Contracts\Events\Dispatcher;
use Illuminate\Contracts\Http\Kernel;
use Illuminate\Foundation\Application;
use Illuminate\Http\Request;
use Illuminate\Routing\Route;
use Laraman\Events\WorkerStopping;
use Laraman\Handshake\OpenExchange;
use Laraman\Native\RequestJob;
use Symfony\Component\HttpFoundation\Response;
use Throwable;

use function Laraman\Native\break_response;
use function Laraman\Native\reset_response;

/**
 * Answers requests with Laravel's own HTTP kernel.
 */
final class KernelHandler implements RequestHandler
{
    private readonly Kernel $kernel;

    private readonly Responder $responder;

    public function __construct(private readonly Application $app)
    {
        $this->kernel = $app->make(Kernel::class);
        $this->responder = new Responder;
    }

    public static function boot(string $basePath): self
    {
        return new self(ApplicationFactory::boot($basePath));
    }

    public function application(): Application
    {
        return $this->app;
    }

    public function stop(): void
    {
        $this->app->make(Dispatcher::class)->dispatch(new WorkerStopping($this->app));
    }

    public function handle(RequestJob $job): void
    {
        $level = HandlerOutput::start();
        $answered = false;
        $exchange = null;

        try {
            if ($job->isHandshake) {
                HandlerOutput::beginHandshake();
                $request = RequestFactory::handshake($job);
                $exchange = OpenExchange::begin($this->app, $request, $job);
            } else {
                $request = RequestFactory::fromJob($job);
            }

            $response = $this->kernel->handle($request);

            if ($exchange !== null) {
                HandlerOutput::log(HandlerOutput::take($level), "handler=open connection=$exchange->connectionId path={$request->getPathInfo()}");
                $response = $exchange->answerOrError($request, $response);
            }

            $answered = true;
            $this->send($request, $response, $level);
            $this->kernel->terminate($request, $response);

            $route = $request->route();

            if ($route instanceof Route) {
                $route->flushController();
            }
        } catch (Throwable $e) {
            $this->fail($e, $answered, $level);
        } finally {
            HandlerOutput::end();
        }
    }

    /** Sends a response. If this fails, sends an error page, or aborts the response if a part has already been sent. */
    private function send(Request $request, Response $response, int $level): void
    {
        try {
            $this->responder->send($response, $level);
        } catch (Throwable $e) {
            Worker::report($this->app, $e);
            Response::closeOutputBuffers($level, false);

            reset_response()
                ? $this->responder->send($this->app->make(ExceptionHandler::class)->render($request, $e), $level)
                : break_response();
        }
    }

    /** Handles errors in Laravel itself, and errors after the response: Laravel's kernel handles the application's exceptions. */
    private function fail(Throwable $error, bool $answered, int $level): void
    {
        Worker::report($this->app, $error);

        if (! $answered) {
            $debug = $this->app->make(Repository::class)->get('app.debug') === true;
            $this->responder->sendText(500, $debug ? (string) $error : 'Internal Server Error', $level);
        }
    }
}
