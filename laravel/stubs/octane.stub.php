<?php

declare(strict_types=1);

/*
| The public contracts of laravel/octane that the package is written against, for static analysis: it is a suggestion, so
| it may not be installed. Nothing loads this file.
*/

namespace Laravel\Octane {
    use ArrayAccess;
    use Illuminate\Foundation\Application;
    use Illuminate\Http\Request;
    use Symfony\Component\HttpFoundation\Response;
    use Throwable;

    class ApplicationFactory
    {
        public function __construct(string $basePath)
        {
        }

        /** @param  array<string, mixed>  $initialInstances */
        public function bootstrap(Application $app, array $initialInstances = []): Application
        {
        }
    }

    class Worker
    {
        public function __construct(ApplicationFactory $factory, Contracts\Client $client)
        {
        }

        /** @param  array<string, object>  $initialInstances */
        public function boot(array $initialInstances = []): void
        {
        }

        public function handle(Request $request, RequestContext $context): void
        {
        }

        public function handleTask(callable $task): object
        {
        }

        public function handleTick(): void
        {
        }

        public function application(): Application
        {
        }

        public function terminate(): void
        {
        }
    }

    class OctaneResponse
    {
        public function __construct(public Response $response, public ?string $outputBuffer = null)
        {
        }
    }

    /** @implements ArrayAccess<string, mixed> */
    class RequestContext implements ArrayAccess
    {
        /** @param  array<string, mixed>  $data */
        public function __construct(public array $data = [])
        {
        }

        public function offsetExists(mixed $offset): bool
        {
        }

        public function offsetGet(mixed $offset): mixed
        {
        }

        public function offsetSet(mixed $offset, mixed $value): void
        {
        }

        public function offsetUnset(mixed $offset): void
        {
        }
    }

    class Octane
    {
        public static function formatExceptionForClient(Throwable $e, bool $debug = false): string
        {
        }
    }
}

namespace Laravel\Octane\Contracts {
    use Illuminate\Foundation\Application;
    use Illuminate\Http\Request;
    use Laravel\Octane\OctaneResponse;
    use Laravel\Octane\RequestContext;
    use Throwable;

    interface Client
    {
        /** @return array{Request, RequestContext} */
        public function marshalRequest(RequestContext $context): array;

        public function respond(RequestContext $context, OctaneResponse $response): void;

        public function error(Throwable $e, Application $app, Request $request, RequestContext $context): void;
    }

    interface StoppableClient extends Client
    {
        public function stop(): void;
    }

    interface DispatchesTasks
    {
        /**
         * @param  array<array-key, callable>  $tasks
         * @return array<array-key, mixed>
         */
        public function resolve(array $tasks, int $waitMilliseconds = 3000): array;

        /** @param  array<array-key, callable>  $tasks */
        public function dispatch(array $tasks): void;
    }
}

namespace Laravel\Octane\Events {
    use Illuminate\Foundation\Application;
    use Illuminate\Http\Request;

    class RequestReceived
    {
        public function __construct(public Application $app, public Application $sandbox, public Request $request)
        {
        }
    }

    class WorkerStopping
    {
        public function __construct(public Application $app)
        {
        }
    }
}

namespace Laravel\Octane\Swoole {
    class TaskResult
    {
        public function __construct(public mixed $result)
        {
        }
    }
}

namespace Laravel\Octane\Exceptions {
    use Exception;
    use Throwable;

    class TaskExceptionResult
    {
        public static function from(Throwable $throwable): self
        {
        }

        public function getOriginal(): Exception
        {
        }
    }

    class TaskTimeoutException extends Exception
    {
        public static function after(int $milliseconds): self
        {
        }
    }
}

namespace Laravel\Octane\Commands {
    use Illuminate\Console\Command;

    class StatusCommand extends Command
    {
        /** @return mixed */
        public function handle()
        {
        }
    }

    class ReloadCommand extends Command
    {
        public function handle()
        {
        }
    }

    class StopCommand extends Command
    {
        public function handle()
        {
        }
    }
}
