<?php

declare(strict_types=1);

namespace Laraman\Octane;

use Illuminate\Contracts\Config\Repository;
use Illuminate\Foundation\Application;
use Illuminate\Support\Facades\Event;
use Laraman\Events\WorkerStopping;
use Laraman\Handshake\OpenExchange;
use Laraman\Native\RequestJob;
use Laraman\Worker\HandlerOutput;
use Laraman\Worker\Learning\WatchedDispatcher;
use Laraman\Worker\RequestHandler;
use Laraman\Worker\Watches;
use Laravel\Octane\ApplicationFactory;
use Laravel\Octane\Contracts\DispatchesTasks;
use Laravel\Octane\Events\RequestReceived;
use Laravel\Octane\RequestContext;
use Laravel\Octane\Worker;

use function Laraman\Native\print_to_log;
use function Laraman\Native\respond;

/**
 * Answers requests with laravel/octane's own worker, its configuration, listeners and events; also runs its tasks and ticks.
 */
final class OctaneHandler implements RequestHandler
{
    private const FATAL = E_ERROR | E_CORE_ERROR | E_COMPILE_ERROR | E_PARSE | E_USER_ERROR | E_RECOVERABLE_ERROR;

    private ?RequestContext $handshake = null;

    private bool $runsTask = false;

    private function __construct(
        private readonly Worker $worker,
        private readonly LaramanClient $client,
        private readonly TaskDispatcher $tasks,
    ) {
    }

    /** Whether laravel/octane is installed, and is to be used. */
    public static function available(): bool
    {
        return class_exists(Worker::class);
    }

    public static function boot(string $basePath): self
    {
        $client = new LaramanClient;
        $worker = new Worker(new class($basePath) extends ApplicationFactory
        {
            /** @param  array<string, mixed>  $initialInstances */
            public function bootstrap(Application $app, array $initialInstances = []): Application
            {
                WatchedDispatcher::install($app);

                return parent::bootstrap($app, $initialInstances);
            }
        }, $client);
        $worker->boot([
            DispatchesTasks::class => $tasks = new TaskDispatcher(static fn (callable $task): mixed => $worker->handleTask($task)),
            'octane.cacheTable' => new CacheTable("$basePath/storage/framework/laraman/octane-cache"),
        ]);
        $app = $worker->application();
        $handler = new self($worker, $client, $tasks);
        Event::listen(RequestReceived::class, $handler->requestReceived(...));
        Event::listen(\Laravel\Octane\Events\WorkerStopping::class, static fn () => Event::dispatch(new WorkerStopping($app)));

        if ($app->make(Repository::class)->get('octane.tick', true) === true) {
            $watches = $app->make(Watches::class);
            $watches->inOneWorker('octane.tick', static fn () => $watches->every(1.0, $worker->handleTick(...)));
        }

        return $handler;
    }

    public function application(): Application
    {
        return $this->worker->application();
    }

    public function handle(RequestJob $job): void
    {
        if (isset($job->server[TaskDispatcher::PARAMETER])) {
            $this->runTask();

            return;
        }

        [$request, $context] = $this->client->marshalRequest(new RequestContext(['job' => $job, 'level' => ob_get_level()]));
        $this->handshake = $job->isHandshake ? $context : null;
        $job->isHandshake && HandlerOutput::beginHandshake();
        $this->worker->handle($request, $context);
        HandlerOutput::end();
    }

    /** Runs a task of another worker. If it ends with a fatal error, the response is 500, as for any request. */
    private function runTask(): void
    {
        print_to_log();
        $this->runsTask = true;
        register_shutdown_function(function (): void {
            if ($this->runsTask && ((error_get_last()['type'] ?? 0) & self::FATAL) === 0) {
                respond(TaskRequest::EXITED, [], '');
            }
        });
        $result = $this->tasks->work((string) file_get_contents('php://input'));
        $this->runsTask = false;
        respond(200, [], $result);
    }

    public function stop(): void
    {
        $this->worker->terminate();
    }

    /** Begins the handshake of a socket once Octane has created the sandbox. */
    private function requestReceived(RequestReceived $event): void
    {
        if ($this->handshake === null) {
            return;
        }

        $context = $this->handshake;
        $this->handshake = null;
        $context['exchange'] = OpenExchange::begin($event->sandbox, $event->request, LaramanClient::job($context));
        $context['request'] = $event->request;
    }
}
