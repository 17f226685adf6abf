<?php

declare(strict_types=1);

namespace Laraman\Worker;

use Illuminate\Contracts\Config\Repository;
use Illuminate\Contracts\Debug\ExceptionHandler;
use Illuminate\Contracts\Events\Dispatcher;
use Illuminate\Contracts\Http\Kernel;
use Illuminate\Foundation\Application;
use Illuminate\Foundation\Bootstrap\HandleExceptions;
use Illuminate\Http\Request;
use Illuminate\Routing\Route;
use Laraman\Events\WorkerStarting;
use Laraman\Events\WorkerStopping;
use Laraman\Handshake\OpenExchange;
use Laraman\NetBus\Business;
use Laraman\Socket\EventHandler;
use Symfony\Component\HttpFoundation\Response;
use Throwable;

use function Laraman\Native\break_response;
use function Laraman\Native\next_job;
use function Laraman\Native\persist;
use function Laraman\Native\reset_response;

/**
 * A resident Laravel: boots once, then takes one job after the other, requests and socket events, until the program has
 * no more.
 */
final class Worker
{
    private readonly Kernel $kernel;

    private readonly Responder $responder;

    private readonly EventHandler $events;

    private readonly Watches $watches;

    private readonly Business $business;

    private readonly Isolation $isolation;

    public function __construct(private readonly Application $app)
    {
        $this->kernel = $app->make(Kernel::class);
        $this->responder = new Responder;
        $this->events = $app->make(EventHandler::class);
        $this->watches = $app->make(Watches::class);
        $this->business = $app->make(Business::class);
        $this->isolation = $app->make(Isolation::class);
    }

    /**
     * Boots the application at a base path. An error in it is thrown on, past Laravel's handler: there is no client to
     * render a page for, and whoever started the server wants to read PHP's own message.
     */
    public static function boot(string $basePath): self
    {
        try {
            $worker = new self(ApplicationFactory::boot($basePath));
            $worker->business->register();
            // What the listeners create lives as long as the worker.
            persist(static fn () => $worker->app->make(Dispatcher::class)->dispatch(new WorkerStarting($worker->app)));

            return $worker;
        } catch (Throwable $e) {
            set_exception_handler(null);
            HandleExceptions::forgetApp();

            throw $e;
        }
    }

    /** Works until there is no next job. */
    public function run(): void
    {
        $this->isolation->begin();

        while (($job = next_job()) !== null) {
            if ($job['type'] === 'warm') {
                $this->isolation->warm();

                continue;
            }

            match ($job['type']) {
                'request' => $this->handleRequest($job),
                'stream', 'timer' => $this->handleWatch($job['number']),
                default => $this->handleEvent($job),
            };

            $this->isolation->settle();
        }

        $this->stop();
    }

    private function stop(): void
    {
        try {
            $this->app->make(Dispatcher::class)->dispatch(new WorkerStopping($this->app));
        } catch (Throwable $e) {
            $this->report($e);
        }

        try {
            $this->watches->stop();
        } catch (Throwable $e) {
            $this->report($e);
        }
    }

    /** Runs the callback of a stream or timer of the application's own. */
    public function handleWatch(int $number): void
    {
        $level = ob_get_level();

        try {
            HandlerOutput::collect($this->app, "handler=callback number=$number", fn () => $this->watches->run($number));
        } catch (Throwable $e) {
            $this->report($e);
        } finally {
            Response::closeOutputBuffers($level, false);
        }
    }

    /**
     * @param  array{type: 'request', query: array<array-key, mixed>, post: array<array-key, mixed>, cookies: array<array-key, mixed>, files: array<array-key, mixed>, server: array<string, mixed>, websocket_events: bool}  $job
     */
    public function handleRequest(array $job): void
    {
        $level = HandlerOutput::start();
        $answered = false;
        $exchange = null;
        $plain = $job['websocket_events'] ? HandlerOutput::ofHandshake($this->app) : null;

        try {
            if ($job['websocket_events']) {
                $id = $job['server']['HTTP_CONNECTION_ID'] ?? '';
                $request = RequestFactory::handshake($job['query'], $job['cookies'], OpenExchange::restore($job['server']));
                $exchange = OpenExchange::begin($this->app, $request, is_string($id) ? $id : '');
            } else {
                $request = RequestFactory::fromJob($job);
            }

            $response = $this->kernel->handle($request);

            if ($exchange !== null) {
                HandlerOutput::log(HandlerOutput::take($level), "handler=open connection=$exchange->connectionId path={$request->getPathInfo()}");
                $response = $this->answer($exchange, $request, $response);
            }

            $answered = true;
            $sendfile = $job['server']['LARAMAN_SENDFILE'] ?? '';
            $this->send($request, $response, $level, is_string($sendfile) ? $sendfile : '');
            $this->kernel->terminate($request, $response);

            $route = $request->route();

            if ($route instanceof Route) {
                $route->flushController();
            }
        } catch (Throwable $e) {
            $this->fail($e, $answered, $level);
        } finally {
            $plain?->restore();
        }
    }

    /**
     * @param  array{type: 'open'|'message'|'close', connection: string, user: string, session: string, channels: list<string>, path: string, meta: array<string, string>, data: string, binary: bool, code: int, reason: string, query?: string, remote_address?: string, forwarded_for?: string, real_ip?: string, gateway?: int}  $job
     */
    public function handleEvent(array $job): void
    {
        $level = ob_get_level();

        try {
            isset($job['gateway']) ? $this->business->handle($this->app, $job) : $this->events->handle($this->app, $job);
        } catch (Throwable $e) {
            $this->report($e);
        } finally {
            Response::closeOutputBuffers($level, false);
        }
    }

    /** A response that fails while it is sent becomes an error page, or breaks off if something has left already. */
    private function send(Request $request, Response $response, int $level, string $sendfile): void
    {
        try {
            $this->responder->send($response, $level, $sendfile);
        } catch (Throwable $e) {
            $this->report($e);
            Response::closeOutputBuffers($level, false);

            reset_response()
                ? $this->responder->send($this->app->make(ExceptionHandler::class)->render($request, $e), $level)
                : break_response();
        }
    }

    private function answer(OpenExchange $exchange, Request $request, Response $response): Response
    {
        try {
            return $exchange->answer($request, $response);
        } catch (Throwable $e) {
            $handler = $this->app->make(ExceptionHandler::class);
            $handler->report($e);

            return $handler->render($request, $e);
        }
    }

    /** Laravel's kernel answers what the application throws; this is for errors of Laravel itself, and after the answer. */
    private function fail(Throwable $error, bool $answered, int $level): void
    {
        $this->report($error);

        if (! $answered) {
            $debug = $this->app->make(Repository::class)->get('app.debug') === true;
            $this->responder->sendText(500, $debug ? (string) $error : 'Internal Server Error', $level);
        }
    }

    private function report(Throwable $error): void
    {
        try {
            $this->app->make(ExceptionHandler::class)->report($error);
        } catch (Throwable $second) {
            error_log((string) $error);
            error_log((string) $second);
        }
    }
}
