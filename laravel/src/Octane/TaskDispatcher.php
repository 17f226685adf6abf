<?php

declare(strict_types=1);

namespace Laraman\Octane;

use Closure;
use Laravel\Octane\Contracts\DispatchesTasks;
use Laravel\Octane\Exceptions\TaskExceptionResult;
use Laravel\Octane\Exceptions\TaskTimeoutException;
use Laravel\Octane\Swoole\TaskResult;
use Laravel\SerializableClosure\SerializableClosure;
use RuntimeException;
use Throwable;

use function Laraman\Native\idle_workers;
use function Laraman\Native\run_tasks;

/**
 * Octane::concurrently(): sends tasks to idle workers, as the gateway sends requests, and runs the other tasks in child
 * processes of this worker. In both cases a task sees the state that booting left, and no state of its caller.
 */
final class TaskDispatcher implements DispatchesTasks
{
    /** Marks a request as a task; no header of a client can produce it. */
    public const PARAMETER = 'LARAMAN_TASK';

    /** @param  Closure(callable): mixed  $handle  runs a task with Octane's worker; returns a TaskResult or TaskExceptionResult */
    public function __construct(private readonly Closure $handle)
    {
    }

    /**
     * @param  array<array-key, callable>  $tasks
     * @return array<array-key, mixed>
     */
    public function resolve(array $tasks, int $waitMilliseconds = 3000): array
    {
        $deadline = microtime(true) + $waitMilliseconds / 1000;
        $bodies = $this->serialized($tasks);
        $streams = $this->send($bodies);
        $results = [];

        foreach (run_tasks($this->work(...), array_diff_key($bodies, $streams), max(0.001, $deadline - microtime(true))) as $key => [$answer, $why]) {
            $results[$key] = self::result($answer, $why);
        }

        foreach ($streams as $key => $stream) {
            $results[$key] = self::result(...$stream->answer($deadline));
        }

        if (in_array(null, $results, true)) {
            throw TaskTimeoutException::after($waitMilliseconds);
        }

        return array_map(static fn (int|string $key): mixed => $results[$key] instanceof TaskExceptionResult
            ? throw $results[$key]->getOriginal() : $results[$key]->result, array_combine(array_keys($tasks), array_keys($tasks)));
    }

    /** @param  array<array-key, callable>  $tasks */
    public function dispatch(array $tasks): void
    {
        $bodies = $this->serialized($tasks);
        run_tasks($this->work(...), array_diff_key($bodies, $this->send($bodies)), 0);
    }

    /** Runs a task from serialized(), and returns its serialized result. */
    public function work(string $body): string
    {
        try {
            $task = unserialize($body);
            /** @var callable $task */
            $task = $task instanceof SerializableClosure ? $task->getClosure() : $task;

            return serialize(($this->handle)($task));
        } catch (Throwable $e) {
            report($e);

            return serialize(TaskExceptionResult::from($e));
        }
    }

    /**
     * @param  array<array-key, callable>  $tasks
     * @return array<array-key, string>
     */
    private function serialized(array $tasks): array
    {
        try {
            return array_map(static fn (callable $task): string => serialize($task instanceof Closure ? new SerializableClosure($task) : $task), $tasks);
        } catch (Throwable $e) {
            throw TaskExceptionResult::from($e)->getOriginal();
        }
    }

    /**
     * Sends tasks to idle workers. Returns the tasks that were sent.
     *
     * @param  array<array-key, string>  $bodies
     * @return array<array-key, TaskRequest>
     */
    private function send(array $bodies): array
    {
        $idle = idle_workers();
        shuffle($idle);  // other workers choose at the same time
        $sent = [];

        foreach (array_slice($bodies, 0, count($idle), true) as $key => $body) {
            $request = TaskRequest::send((string) array_pop($idle), $body);

            if ($request !== null) {
                $sent[$key] = $request;
            }
        }

        return $sent;
    }

    /** The task's result; null at the time-out. */
    private static function result(?string $answer, ?string $why): TaskResult|TaskExceptionResult|null
    {
        if ($why === 'late') {
            return null;
        }

        try {
            $result = $answer === null ? null : unserialize($answer);
        } catch (Throwable $e) {
            return TaskExceptionResult::from($e);
        }

        return $result instanceof TaskResult || $result instanceof TaskExceptionResult ? $result : TaskExceptionResult::from(new RuntimeException(
            $why === 'exit' ? 'The task has called exit, and has no result.' : 'The task ended with a fatal error, which is in the log, and has no result.',
        ));
    }
}
