<?php

declare(strict_types=1);

namespace Laraman\Octane;

use Closure;
use Illuminate\Contracts\Config\Repository;
use Illuminate\Foundation\Application;
use Illuminate\Foundation\Bootstrap\HandleExceptions;
use Illuminate\Session\Store;
use Illuminate\Support\Facades\Event;
use Laraman\Events\WorkerStarting;
use Laraman\Events\WorkerStopping;
use Laraman\Handshake\OpenExchange;
use Laraman\NetBus\Business;
use Laraman\Socket\ConnectionAuth;
use Laraman\Socket\EventHandler;
use Laraman\Worker\HandlerOutput;
use Laraman\Worker\Isolation;
use Laraman\Worker\Watches;
use Laravel\Octane\ApplicationFactory;
use Laravel\Octane\Contracts\DispatchesTasks;
use Laravel\Octane\Events\RequestReceived;
use Laravel\Octane\RequestContext;
use Laravel\Octane\Worker;
use Throwable;

use function Laraman\Native\next_job;
use function Laraman\Native\persist;
use function Laraman\Native\respond;

/**
 * A resident worker whose requests, tasks and ticks go through laravel/octane's own worker, with its configuration,
 * listeners and events. Events of sockets, and callbacks of the application's own streams, are tasks of it.
 */
final class OctaneRunner
{
    /** The timer of Octane's ticks, in the worker that ticks; 0 in the others. */
    private int $tick = 0;

    private ?RequestContext $handshake = null;

    private function __construct(
        private readonly Worker $worker,
        private readonly LaramanClient $client,
        private readonly Watches $watches,
        private readonly Isolation $isolation,
    ) {
    }

    /** Whether laravel/octane is installed, and wanted. */
    public static function available(): bool
    {
        return class_exists(Worker::class);
    }

    public static function boot(string $basePath): self
    {
        try {
            return self::start($basePath);
        } catch (Throwable $e) {
            // Whoever started the server wants to read PHP's own message.
            set_exception_handler(null);
            HandleExceptions::forgetApp();

            throw $e;
        }
    }

    public function run(): void
    {
        $this->isolation->begin();

        while (! $this->client->isStopped()) {
            if (($job = next_job()) === null) {
                $this->worker->terminate();
                $this->watches->stop();

                return;
            }

            if ($job['type'] === 'warm') {
                $this->isolation->warm();

                continue;
            }

            if ($job['type'] === 'request') {
                $this->handleRequest($job);
            } elseif ($job['type'] === 'timer' && $job['number'] === $this->tick) {
                $this->worker->handleTick();
            } elseif ($job['type'] === 'timer' || $job['type'] === 'stream') {
                $this->handle(fn (Application $app) => HandlerOutput::collect($app, "handler=callback number={$job['number']}", fn () => $this->watches->run($job['number'])));
            } elseif (isset($job['gateway'])) {
                $this->handle(static fn (Application $app) => $app->make(Business::class)->handle($app, $job));
            } else {
                $this->handle(static fn (Application $app) => $app->make(EventHandler::class)->handle($app, $job));
            }

            $this->isolation->settle();
        }
    }

    /**
     * Does something as a task. Octane's tasks begin with the user and the session of the request before: these do not.
     *
     * @param  Closure(Application): mixed  $do
     */
    private function handle(Closure $do): void
    {
        $this->worker->handleTask(static function () use ($do): void {
            $app = app();
            ConnectionAuth::forget($app);
            $app->make(Store::class)->flush();
            $do($app);
        });
    }

    private static function start(string $basePath): self
    {
        $client = new LaramanClient;
        $worker = new Worker(new ApplicationFactory($basePath), $client);
        $directory = $basePath.'/storage/framework/laraman';
        $worker->boot([
            DispatchesTasks::class => new TaskDispatcher,
            'octane.cacheTable' => new CacheTable("$directory/octane-cache"),
        ]);

        $app = $worker->application();
        $app->make(EventHandler::class);
        $runner = new self($worker, $client, $app->make(Watches::class), $app->make(Isolation::class));
        Event::listen(RequestReceived::class, $runner->requestReceived(...));
        $app->make(Business::class)->register();
        persist(static fn () => Event::dispatch(new WorkerStarting($app)));
        Event::listen(\Laravel\Octane\Events\WorkerStopping::class, static fn () => Event::dispatch(new WorkerStopping($app)));

        if ($app->make(Repository::class)->get('octane.tick', true) === true) {
            $runner->watches->inOneWorker('octane.tick', static function () use ($runner): void {
                $runner->tick = $runner->watches->every(1.0, static fn () => null);
            });
        }

        return $runner;
    }

    /**
     * @param  array{type: 'request', query: array<array-key, mixed>, post: array<array-key, mixed>, cookies: array<array-key, mixed>, files: array<array-key, mixed>, server: array<string, mixed>, websocket_events: bool}  $job
     */
    private function handleRequest(array $job): void
    {
        if (isset($job['server'][TaskDispatcher::PARAMETER])) {
            respond(200, [], serialize($this->worker->handleTask(TaskDispatcher::task((string) file_get_contents('php://input')))));

            return;
        }

        [$request, $context] = $this->client->marshalRequest(new RequestContext(['job' => $job, 'level' => ob_get_level()]));
        $this->handshake = $job['websocket_events'] ? $context : null;
        $plain = $job['websocket_events'] ? HandlerOutput::ofHandshake($this->worker->application()) : null;
        $this->worker->handle($request, $context);
        $plain?->restore();
    }

    /** The handshake of a socket begins once the sandbox is there. */
    private function requestReceived(RequestReceived $event): void
    {
        if ($this->handshake === null) {
            return;
        }

        $context = $this->handshake;
        $this->handshake = null;
        $job = $context->data['job'] ?? null;
        $server = is_array($job) && is_array($job['server'] ?? null) ? $job['server'] : [];
        $id = $server['HTTP_CONNECTION_ID'] ?? '';
        $context['exchange'] = OpenExchange::begin($event->sandbox, $event->request, is_string($id) ? $id : '');
        $context['request'] = $event->request;
    }
}
