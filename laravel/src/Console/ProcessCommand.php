<?php

declare(strict_types=1);

namespace Laraman\Console;

use Closure;
use Illuminate\Console\Command;
use Illuminate\Contracts\Events\Dispatcher;
use Illuminate\Contracts\Foundation\Application;
use Laraman\Events\LaramanStarting;

/**
 * Runs one of the application's processes: calls the closure that a listener of LaramanStarting has added with that name.
 */
final class ProcessCommand extends Command
{
    protected $signature = 'laraman:process {name : Name of the process, from a listener of LaramanStarting}';

    protected $description = 'Run one of the application\'s processes beside the server';

    public function handle(Application $app, Dispatcher $events): int
    {
        $events->dispatch($event = new LaramanStarting);
        $name = $this->argument('name');
        $run = is_string($name) ? $event->all()[$name]['run'] ?? null : null;

        if (! $run instanceof Closure) {
            $this->components->error(sprintf(
                'No closure is named [%s]. The names are: %s.',
                is_string($name) ? $name : '',
                implode(', ', array_keys(array_filter($event->all(), static fn (array $process): bool => $process['run'] instanceof Closure))),
            ));

            return self::FAILURE;
        }

        $app->call($run);

        return self::SUCCESS;
    }
}
