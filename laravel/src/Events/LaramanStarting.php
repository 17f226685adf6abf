<?php

declare(strict_types=1);

namespace Laraman\Events;

use Closure;
use InvalidArgumentException;

/**
 * The server is about to start: a listener names the processes that the application wants beside it. They are kept
 * running, end with the server, and are started anew by a reload.
 *
 *     Event::listen(function (LaramanStarting $event) {
 *         $event->command('queue', 'php artisan queue:work', count: 2);
 *         $event->process('prices', fn () => app(PriceFeed::class)->follow());
 *     });
 *
 * It is dispatched in processes of artisan: once to learn the names, at the start and at each reload, and in each process
 * made of a closure, to find it.
 */
final class LaramanStarting
{
    /** For listeners of old: a string event whose payload is its name, before the server starts. */
    public const EVENT_LARAMAN_STARTING = 'EVENT_LARAMAN_STARTING';

    /** What `laraman status` shows of the server itself. */
    private const TAKEN = ['supervisor', 'gateway', 'php', 'worker'];

    /** @var array<string, array{run: Closure|list<string>, count: int}> */
    private array $processes = [];

    /**
     * A process that boots the application and calls `$run`, with what it asks for injected. When that returns it is
     * called again, in a new process.
     *
     * @param  string  $name  1 to 32 letters, digits, dots, dashes and underscores
     * @param  int  $count  of such processes, 1 to 64
     *
     * @throws InvalidArgumentException if the name or the count cannot be, or the name is taken
     */
    public function process(string $name, Closure $run, int $count = 1): void
    {
        $this->add($name, $run, $count);
    }

    /**
     * A process that runs a command in the application's directory: one line for the shell, or a program and its
     * arguments.
     *
     * @param  string|list<string>  $command
     *
     * @throws InvalidArgumentException as process()
     */
    public function command(string $name, string|array $command, int $count = 1): void
    {
        $this->add($name, is_array($command) ? $command : ['/bin/sh', '-c', "exec $command"], $count);
    }

    /** @return array<string, array{run: Closure|list<string>, count: int}> by name */
    public function all(): array
    {
        return $this->processes;
    }

    /** @param  Closure|list<string>  $run */
    private function add(string $name, Closure|array $run, int $count): void
    {
        if (preg_match('/^[\w.-]{1,32}$/', $name) !== 1 || in_array($name, self::TAKEN, true)) {
            throw new InvalidArgumentException("[$name] cannot be the name of a process.");
        }

        if (isset($this->processes[$name])) {
            throw new InvalidArgumentException("There are two processes called [$name].");
        }

        if ($count < 1 || $count > 64) {
            throw new InvalidArgumentException("There can be 1 to 64 processes [$name], not $count.");
        }

        $this->processes[$name] = ['run' => $run, 'count' => $count];
    }
}
