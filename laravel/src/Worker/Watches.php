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
 * The application's own streams and timers in a resident worker. Their callbacks run between jobs, and are jobs themselves:
 * the other state that a callback changes is restored after it.
 */
#[Persist]
final class Watches
{
    /** Seconds between two attempts to become the worker that runs an inOneWorker() callback. */
    private const RETRY = 1.0;

    /** Maximum bytes of an inOneWorker() name, which becomes the name of a file. */
    private const LONGEST_NAME = 80;

    /** @var array<int, array{callback: Closure, stream: resource|null, stop: Closure|null}> in the order in which they were set up */
    private array $watches = [];

    /** @var array<string, resource> locks for the inOneWorker() callbacks of this worker */
    private array $locks = [];

    /** @param  string  $directory  directory of the locks */
    public function __construct(private readonly string $directory, private readonly LoggerInterface $log)
    {
    }

    /** Whether this process is a resident worker. Only workers have streams and timers. */
    public function isWorker(): bool
    {
        return function_exists('Laraman\Native\watch');
    }

    /**
     * Calls the callback with the stream whenever it is readable or at its end. If the stream is still at its end after the
     * callback, it is closed and its watch is removed.
     *
     * @param  resource  $stream  readable; best set to non-blocking
     * @param  callable(resource): mixed  $callback
     * @param  null|callable(resource): mixed  $onStop  called when the worker stops, before the stream is closed
     * @return int a number for forget()
     */
    public function onReadable($stream, callable $callback, ?callable $onStop = null): int
    {
        $this->needWorker();

        if (! is_resource($stream)) {
            throw new InvalidArgumentException('The stream is not open.');
        }

        $this->watches[$number = watch($stream)] = [
            'callback' => $callback(...), 'stream' => $stream, 'stop' => $onStop === null ? null : $onStop(...),
        ];

        return $number;
    }

    /**
     * Calls the callback every `$seconds` seconds, the first time after `$seconds`. Calls that a long job delayed are not made
     * up for.
     *
     * @param  callable(): mixed  $callback
     * @return int a number for forget()
     */
    public function every(float $seconds, callable $callback): int
    {
        $this->needWorker();
        if (! is_finite($seconds) || $seconds <= 0) {
            throw Argument::invalid('seconds', "is $seconds; it must be more than 0");
        }

        $this->watches[$number = every($seconds)] = ['callback' => $callback(...), 'stream' => null, 'stop' => null];

        return $number;
    }

    /** Removes a watch or timer; the stream stays open. */
    public function forget(int $number): void
    {
        if (isset($this->watches[$number])) {
            forget($number);
            unset($this->watches[$number]);
        }
    }

    /**
     * Calls `begin` in only one worker of this machine. When that worker ends, another worker calls it within about a second.
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

    /** Runs the callback with this number. */
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

    /** Removes all watches and timers in reverse order. */
    public function stop(): void
    {
        foreach (array_reverse($this->watches, true) as $number => $watch) {
            $this->forget($number);

            self::close($watch['stream'], $watch['stop']);
        }

        $this->locks = [];
    }

    /** After a callback: removes the watch if its stream is closed or at its end. */
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
            throw new LogicException('Only a resident worker has streams and timers: add them in a listener of '.\Laraman\Events\WorkerStarting::class.'.');
        }
    }
}
