<?php

declare(strict_types=1);

namespace Laraman\Events;

use Closure;
use InvalidArgumentException;

/**
 * Dispatched before the server starts: listeners name the processes of the application that the server is to run. The
 * server restarts them when they end and at a reload, and stops them when it stops.
 *
 *     Event::listen(function (LaramanStarting $event) {
 *         $event->command('queue', 'php artisan queue:work', count: 2);
 *         $event->process('prices', fn () => app(PriceFeed::class)->follow());
 *     });
 *
 * artisan dispatches it: once at the start and at each reload to list the processes, and in each process with a closure to
 * find that closure.
 */
final class LaramanStarting
{
    /** For older listeners: a string event whose payload is its name, dispatched before the server starts. */
    public const EVENT_LARAMAN_STARTING = 'EVENT_LARAMAN_STARTING';

    /** Names that `laraman status` uses for the server's own processes. */
    private const TAKEN = ['supervisor', 'gateway', 'php', 'worker'];

    /** @var array<string, array{run: Closure|list<string>, count: int}> */
    private array $processes = [];

    /**
     * Adds a process that boots the application and calls `$run`, whose parameters the container injects. When `$run`
     * returns, it is called again in a new process.
     *
     * @param  string  $name  1 to 32 letters, digits, dots, dashes and underscores
     * @param  int  $count  number of such processes, 1 to 64
     *
     * @throws InvalidArgumentException if the name or the count is invalid, or the name is taken
     */
    public function process(string $name, Closure $run, int $count = 1): void
    {
        $this->add($name, $run, $count);
    }

    /**
     * Adds a process that runs a command in the application's directory: a shell command line, or a list of program and
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
