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

use function Laraman\Native\next_job;

/**
 * A resident Laravel: boots once, then takes one job after the other, requests and socket events, until the program has
 * no more.
 */
final class Worker
{
    private readonly Kernel $kernel;

    private readonly Sandbox $sandbox;

    private readonly Resets $resets;

    private readonly Responder $responder;

    private readonly EventHandler $events;

    private readonly Watches $watches;

    private readonly Business $business;

    private readonly bool $disconnects;

    private bool $broken = false;

    public function __construct(private readonly Application $app)
    {
        $config = $app->make(Repository::class);
        $flush = array_filter((array) $config->get('laraman.worker.flush', []), is_string(...));

        $this->kernel = $app->make(Kernel::class);
        $this->sandbox = new Sandbox($app, array_values($flush));
        $this->resets = new Resets($app);
        $this->responder = new Responder;
        $this->events = $app->make(EventHandler::class);
        $this->watches = $app->make(Watches::class);
        $this->business = $app->make(Business::class);
        $this->disconnects = $config->get('laraman.worker.disconnect_database') === true;
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
            $worker->app->make(Dispatcher::class)->dispatch(new WorkerStarting($worker->app));

            return $worker;
        } catch (Throwable $e) {
            set_exception_handler(null);
            HandleExceptions::forgetApp();

            throw $e;
        }
    }

    /**
     * Works until there is no next job, or until an error that Laravel could not handle: then the script is to begin
     * anew, since nobody knows what state that left behind.
     */
    public function run(): void
    {
        while (! $this->broken) {
            if (($job = next_job()) === null) {
                $this->stop();

                return;
            }

            match ($job['type']) {
                'request' => $this->handleRequest($job),
                'stream', 'timer' => $this->handleWatch($job['number']),
                default => $this->handleEvent($job),
            };
        }
    }

    private function stop(): void
    {
        try {
            $this->app->make(Dispatcher::class)->dispatch(new WorkerStopping($this->app));
        } catch (Throwable $e) {
            $this->report($this->app, $e);
        }

        try {
            $this->watches->stop();
        } catch (Throwable $e) {
            $this->report($this->app, $e);
        }
    }

    /** Runs the callback of a stream or timer of the application's own. */
    public function handleWatch(int $number): void
    {
        $level = ob_get_level();
        $sandbox = $this->sandbox->open();

        try {
            $this->resets->beforeEvent($sandbox);
            HandlerOutput::collect($sandbox, "handler=callback number=$number", fn () => $this->watches->run($number));
        } catch (Throwable $e) {
            $this->report($sandbox, $e);
        } finally {
            Response::closeOutputBuffers($level, false);
            $this->finish();
        }
    }

    /**
     * @param  array{type: 'request', query: array<array-key, mixed>, post: array<array-key, mixed>, cookies: array<array-key, mixed>, files: array<array-key, mixed>, server: array<string, mixed>, websocket_events: bool}  $job
     */
    public function handleRequest(array $job): void
    {
        $level = ob_get_level();
        $answered = false;
        $sandbox = $this->sandbox->open();
        ob_start();  // what is echoed must not send the headers before there are any
        $exchange = null;
        $plain = $job['websocket_events'] ? HandlerOutput::ofHandshake($sandbox) : null;

        try {

            if ($job['websocket_events']) {
                $id = $job['server']['HTTP_CONNECTION_ID'] ?? '';
                $request = RequestFactory::handshake($job['query'], $job['cookies'], OpenExchange::restore($job['server']));
                $this->resets->beforeRequest($sandbox, $request);
                $exchange = OpenExchange::begin($sandbox, $request, is_string($id) ? $id : '');
            } else {
                $request = RequestFactory::fromJob($job);
                $this->resets->beforeRequest($sandbox, $request);
            }

            $response = $this->kernel->handle($request);

            if ($exchange !== null) {
                HandlerOutput::log(HandlerOutput::take($level), "handler=open connection=$exchange->connectionId path={$request->getPathInfo()}");
                $response = $this->answer($sandbox, $exchange, $request, $response);
            }

            $answered = true;
            $sendfile = $job['server']['LARAMAN_SENDFILE'] ?? '';
            $this->responder->send($response, $level, is_string($sendfile) ? $sendfile : '');
            $this->kernel->terminate($request, $response);

            $route = $request->route();

            if ($route instanceof Route) {
                $route->flushController();
            }
        } catch (Throwable $e) {
            $this->fail($sandbox, $e, $answered, $level);
        } finally {
            $plain?->restore();
            $this->finish();
        }
    }

    /**
     * @param  array{type: 'open'|'message'|'close', connection: string, user: string, session: string, channels: list<string>, path: string, meta: array<string, string>, data: string, binary: bool, code: int, reason: string, query?: string, remote_address?: string, forwarded_for?: string, real_ip?: string, gateway?: int}  $job
     */
    public function handleEvent(array $job): void
    {
        $level = ob_get_level();
        $sandbox = $this->sandbox->open();

        try {
            $this->resets->beforeEvent($sandbox);

            if (isset($job['gateway'])) {
                $this->handleBusiness($sandbox, $job);
            } else {
                $this->events->handle($sandbox, $job);
            }
        } catch (Throwable $e) {
            $this->fail($sandbox, $e, true, $level);
        } finally {
            Response::closeOutputBuffers($level, false);
            $this->finish();
        }
    }

    /**
     * @param  array{type: 'open'|'message'|'close', connection: string, user: string, session: string, channels: list<string>, data: string, query?: string, remote_address?: string, forwarded_for?: string, real_ip?: string, ...}  $job
     */
    private function handleBusiness(Application $sandbox, array $job): void
    {
        try {
            $this->business->handle($sandbox, $job);
        } catch (Throwable $e) {
            $sandbox->make(ExceptionHandler::class)->report($e);
        }
    }

    private function answer(Application $sandbox, OpenExchange $exchange, Request $request, Response $response): Response
    {
        try {
            return $exchange->answer($request, $response);
        } catch (Throwable $e) {
            $handler = $sandbox->make(ExceptionHandler::class);
            $handler->report($e);

            return $handler->render($request, $e);
        }
    }

    /** Laravel's kernel answers what the application throws; this is for errors of Laravel itself, and after the answer. */
    private function fail(Application $sandbox, Throwable $error, bool $answered, int $level): void
    {
        $this->broken = true;
        $this->report($sandbox, $error);

        if (! $answered) {
            $debug = $this->app->make(Repository::class)->get('app.debug') === true;
            $this->responder->sendText(500, $debug ? (string) $error : 'Internal Server Error', $level);
        }
    }

    private function report(Application $app, Throwable $error): void
    {
        try {
            $app->make(ExceptionHandler::class)->report($error);
        } catch (Throwable $second) {
            error_log((string) $error);
            error_log((string) $second);
        }
    }

    private function finish(): void
    {
        $this->sandbox->close();

        if ($this->disconnects) {
            $this->resets->disconnectDatabase();
        }
    }
}
