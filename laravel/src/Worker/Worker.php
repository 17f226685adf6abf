<?php

declare(strict_types=1);

namespace Laraman\Worker;

use Closure;
use Illuminate\Contracts\Debug\ExceptionHandler;
use Illuminate\Contracts\Events\Dispatcher;
use Illuminate\Foundation\Application;
use Illuminate\Foundation\Bootstrap\HandleExceptions;
use Laraman\Events\WorkerStarting;
use Laraman\Native\CallbackJob;
use Laraman\Native\EventJob;
use Laraman\Native\RequestJob;
use Laraman\NetBus\Business;
use Laraman\Socket\EventHandler;
use Symfony\Component\HttpFoundation\Response;
use Throwable;

use function Laraman\Native\persist;
use function Laraman\Native\serve;

/**
 * A resident Laravel: boots once, then handles one job after the other until the program has no more. A job is a request, a
 * socket event, or a callback of the application's own streams and timers. Each job sees the state that booting left.
 */
final class Worker
{
    private readonly Application $app;

    private readonly EventHandler $events;

    private readonly Watches $watches;

    private readonly Business $business;

    private readonly Isolation $isolation;

    public function __construct(private readonly RequestHandler $requests)
    {
        $this->app = $requests->application();
        $this->events = $this->app->make(EventHandler::class);
        $this->watches = $this->app->make(Watches::class);
        $this->business = $this->app->make(Business::class);
        $this->isolation = $this->app->make(Isolation::class);
        HandlerOutput::install($this->app);
    }

    /**
     * Boots an application. An error is rethrown without Laravel's handler: no client needs an error page, and the operator
     * who started the server needs PHP's own message.
     *
     * @param  Closure(): RequestHandler  $requests  also boots the application
     */
    public static function boot(Closure $requests): self
    {
        try {
            $worker = new self($requests());
            $worker->business->register();
            // Objects that the listeners create live as long as the worker.
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
        serve($this->handle(...), $this->isolation->settle(...), $this->isolation->warm(...));
        $this->reported($this->requests->stop(...));
        $this->reported($this->watches->stop(...));
    }

    public function handle(RequestJob|EventJob|CallbackJob $job): void
    {
        if ($job instanceof RequestJob) {
            $this->requests->handle($job);

            return;
        }

        $level = ob_get_level();

        try {
            match (true) {
                $job instanceof CallbackJob => $this->callback($job->number),
                $job->gateway > 0 => $this->business->handle($this->app, $job),
                default => $this->events->handle($job),
            };
        } catch (Throwable $e) {
            self::report($this->app, $e);
        }

        if (ob_get_level() > $level) {
            Response::closeOutputBuffers($level, false);
        }
    }

    /** Runs a callback of the application's own stream or timer. */
    private function callback(int $number): void
    {
        HandlerOutput::collect("handler=callback number=$number", fn () => $this->watches->run($number));
    }

    /** @param  Closure(): mixed  $do */
    private function reported(Closure $do): void
    {
        try {
            $do();
        } catch (Throwable $e) {
            self::report($this->app, $e);
        }
    }

    /** Reports an error to the application's exception handler. If the handler fails, PHP's log gets both errors. */
    public static function report(Application $app, Throwable $error): void
    {
        try {
            $app->make(ExceptionHandler::class)->report($error);
        } catch (Throwable $second) {
            error_log((string) $error);
            error_log((string) $second);
        }
    }
}
