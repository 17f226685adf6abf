<?php

declare(strict_types=1);

namespace Laraman\Worker;

use Closure;
use InvalidArgumentException;
use Laraman\Gateway\Argument;
use Laraman\Persist;
use LogicException;
use Psr\Log\LoggerInterface;
use RuntimeException;

use function function_exists;
use function Laraman\Native\every;
use function Laraman\Native\forget;
use function Laraman\Native\watch;

/**
 * Streams and timers of the application's own in a resident worker. Their callbacks run between its jobs, and are jobs
 * themselves: what a callback changes elsewhere is put back after it.
 */
#[Persist]
final class Watches
{
    /** Seconds between two tries to become the one worker that does something. */
    private const RETRY = 1.0;

    /** Bytes of the name of what one worker does: it becomes the name of a file. */
    private const LONGEST_NAME = 80;

    /** @var array<int, array{callback: Closure, stream: resource|null, stop: Closure|null}> in the order in which they were set up */
    private array $watches = [];

    /** @var array<string, resource> locks of what this worker alone does */
    private array $locks = [];

    /** @param  string  $directory  where the locks are */
    public function __construct(private readonly string $directory, private readonly LoggerInterface $log)
    {
    }

    /** Whether this process is a resident worker, which alone can do this. */
    public function isWorker(): bool
    {
        return function_exists('Laraman\Native\watch');
    }

    /**
     * Calls back with the stream whenever there is something to read from it, or it is at its end. A stream that is still
     * at its end after that is closed and forgotten.
     *
     * @param  resource  $stream  readable; best set to non-blocking
     * @param  callable(resource): mixed  $callback
     * @param  null|callable(resource): mixed  $onStop  called when the worker leaves, before the stream is closed
     * @return int a number to forget() it by
     */
    public function onReadable($stream, callable $callback, ?callable $onStop = null): int
    {
        $this->needWorker();

        if (! is_resource($stream)) {
            throw new InvalidArgumentException('There is no open stream to wait for.');
        }

        $this->watches[$number = watch($stream)] = [
            'callback' => $callback(...), 'stream' => $stream, 'stop' => $onStop === null ? null : $onStop(...),
        ];

        return $number;
    }

    /**
     * Calls back every so many seconds, the first time after as many. What a long job has made late is not caught up with.
     *
     * @param  callable(): mixed  $callback
     * @return int a number to forget() it by
     */
    public function every(float $seconds, callable $callback): int
    {
        $this->needWorker();
        if (! is_finite($seconds) || $seconds <= 0) {
            throw Argument::invalid('seconds', "is $seconds; it is more than 0");
        }

        $this->watches[$number = every($seconds)] = ['callback' => $callback(...), 'stream' => null, 'stop' => null];

        return $number;
    }

    /** Ends a watch; the stream stays open. */
    public function forget(int $number): void
    {
        if (isset($this->watches[$number])) {
            forget($number);
            unset($this->watches[$number]);
        }
    }

    /**
     * Calls `begin` in one of all the workers of this machine, so that what it sets up is there once. When that worker
     * ends, another begins within a second or so.
     *
     * @param  callable(): mixed  $begin
     */
    public function inOneWorker(string $name, callable $begin): void
    {
        $this->needWorker();
        Argument::between(strlen($name), 1, self::LONGEST_NAME, 'name');

        if ($this->lock($name)) {
            $begin();

            return;
        }

        $number = $this->every(self::RETRY, function () use ($name, $begin, &$number): void {
            if ($this->lock($name)) {
                $this->forget((int) $number);
                $begin();
            }
        });
    }

    /** Runs what waits for a number. */
    public function run(int $number): void
    {
        $watch = $this->watches[$number] ?? null;

        if ($watch === null) {
            forget($number);

            return;
        }

        if ($watch['stream'] === null) {
            $watch['callback']();

            return;
        }

        try {
            $watch['callback']($watch['stream']);
        } finally {
            $this->drop($number);
        }
    }

    /** Ends all of them, the last one first. */
    public function stop(): void
    {
        foreach (array_reverse($this->watches, true) as $number => $watch) {
            $this->forget($number);

            self::close($watch['stream'], $watch['stop']);
        }

        $this->locks = [];
    }

    /** After a callback: a stream that is closed, or at its end, is waited for no more. */
    private function drop(int $number): void
    {
        $watch = $this->watches[$number] ?? null;

        if ($watch === null || (is_resource($watch['stream']) && ! feof($watch['stream']))) {
            return;
        }

        $this->forget($number);

        if (is_resource($watch['stream'])) {
            $this->log->warning('A stream that the worker watched is at its end, and was closed.');
            fclose($watch['stream']);
        }
    }

    /** @param  resource|closed-resource|null  $stream */
    private static function close($stream, ?Closure $stop): void
    {
        if (is_resource($stream)) {
            $stop === null || $stop($stream);
        }

        if (is_resource($stream)) {
            fclose($stream);
        }
    }

    private function lock(string $name): bool
    {
        if (isset($this->locks[$name])) {
            return true;
        }

        is_dir($this->directory) || @mkdir($this->directory, 0o777, true);
        $file = @fopen($path = $this->directory.'/'.rawurlencode($name).'.lock', 'c');

        if ($file === false) {
            throw new RuntimeException("The lock [$path] cannot be opened.");
        }

        if (! flock($file, LOCK_EX | LOCK_NB)) {
            return false;
        }

        $this->locks[$name] = $file;

        return true;
    }

    private function needWorker(): void
    {
        if (! $this->isWorker()) {
            throw new LogicException('Only a resident worker keeps streams and timers: set them up in a listener on '.\Laraman\Events\WorkerStarting::class.'.');
        }
    }
}
