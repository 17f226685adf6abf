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

/**
 * Octane::concurrently(): gives tasks to workers that are idle, and does itself those for which there is none. It speaks
 * to them as the gateway does, by FastCGI.
 */
final class TaskDispatcher implements DispatchesTasks
{
    /** Says that a request is a task; no header of a client can produce it. */
    public const PARAMETER = 'LARAMAN_TASK';

    private const BEGIN_REQUEST = 1;

    private const END_REQUEST = 3;

    private const PARAMS = 4;

    private const STDIN = 5;

    private const STDOUT = 6;

    /**
     * @param  array<array-key, callable>  $tasks
     * @return array<array-key, mixed>
     */
    public function resolve(array $tasks, int $waitMilliseconds = 3000): array
    {
        $deadline = microtime(true) + $waitMilliseconds / 1000;
        $idle = idle_workers();
        $streams = [];
        $results = [];

        foreach (array_slice(array_keys($tasks), 1) as $place => $key) {
            $stream = self::send($tasks[$key], $idle[$place] ?? null);

            if ($stream !== null) {
                $streams[$key] = $stream;
            }
        }

        foreach (array_diff_key($tasks, $streams) as $key => $task) {
            $results[$key] = self::run($task);

            if (microtime(true) > $deadline) {
                throw TaskTimeoutException::after($waitMilliseconds);
            }
        }

        foreach ($streams as $key => $stream) {
            $results[$key] = self::receive($stream, $deadline) ?? throw TaskTimeoutException::after($waitMilliseconds);
        }

        return array_map(static fn (int|string $key): mixed => $results[$key] instanceof TaskExceptionResult
            ? throw $results[$key]->getOriginal() : $results[$key]->result, array_combine(array_keys($tasks), array_keys($tasks)));
    }

    /** @param  array<array-key, callable>  $tasks */
    public function dispatch(array $tasks): void
    {
        $idle = idle_workers();

        foreach (array_values($tasks) as $place => $task) {
            $stream = self::send($task, $idle[$place] ?? null);

            if ($stream !== null) {
                fclose($stream);  // it is done nonetheless

                continue;
            }

            try {
                $task();
            } catch (Throwable $e) {
                report($e);
            }
        }
    }

    /** Does a task in this worker. It fails as one in another worker does. */
    private static function run(callable $task): TaskResult|TaskExceptionResult
    {
        try {
            return new TaskResult($task());
        } catch (Throwable $e) {
            report($e);

            return TaskExceptionResult::from($e);
        }
    }

    /** The task that send() has sent. */
    public static function task(string $body): callable
    {
        $task = unserialize($body);

        return $task instanceof SerializableClosure ? $task->getClosure() : (is_callable($task) ? $task : static fn (): bool => false);
    }

    /** @return resource|null */
    private static function send(callable $task, ?string $socket): mixed
    {
        $stream = $socket === null ? false : @stream_socket_client("unix://$socket", $code, $message, 0.1);

        if ($stream === false) {
            return null;
        }

        $body = serialize($task instanceof Closure ? new SerializableClosure($task) : $task);
        $parameters = '';

        foreach (['REQUEST_METHOD' => 'POST', 'REQUEST_URI' => '/', 'CONTENT_LENGTH' => (string) strlen($body), self::PARAMETER => '1'] as $name => $value) {
            $parameters .= chr(strlen($name)).chr(strlen($value)).$name.$value;
        }

        $records = self::record(self::BEGIN_REQUEST, "\0\1\0\0\0\0\0\0").self::record(self::PARAMS, $parameters).self::record(self::PARAMS, '');

        foreach (str_split($body, 32_000) as $piece) {
            $records .= self::record(self::STDIN, $piece);
        }

        fwrite($stream, $records.self::record(self::STDIN, ''));

        return $stream;
    }

    /** @param  resource  $stream */
    private static function receive(mixed $stream, float $deadline): TaskResult|TaskExceptionResult|null
    {
        $output = '';

        while (true) {
            $left = max(0.001, $deadline - microtime(true));
            stream_set_timeout($stream, (int) $left, (int) (($left - (int) $left) * 1_000_000));
            $head = stream_get_contents($stream, 8);

            if (! is_string($head) || strlen($head) < 8) {
                return null;
            }

            $type = ord($head[1]);
            $size = ord($head[4]) << 8 | ord($head[5]);
            $content = $size > 0 ? (string) stream_get_contents($stream, $size) : '';
            ord($head[6]) > 0 && stream_get_contents($stream, ord($head[6]));

            if ($type === self::STDOUT) {
                $output .= $content;
            }

            if ($type === self::END_REQUEST || ($type === self::STDOUT && $size === 0)) {
                fclose($stream);
                $result = @unserialize(substr($output, (int) strpos($output, "\r\n\r\n") + 4));

                return $result instanceof TaskResult || $result instanceof TaskExceptionResult ? $result : TaskExceptionResult::from(
                    new RuntimeException('The task ended its script, by exit or a fatal error, and has no result.'),
                );
            }
        }
    }

    private static function record(int $type, string $content): string
    {
        return pack('CCnnCC', 1, $type, 1, strlen($content), 0, 0).$content;
    }
}
