<?php

declare(strict_types=1);

namespace Laraman\Console;

use Closure;
use Illuminate\Console\Command;
use Illuminate\Contracts\Events\Dispatcher;
use Laraman\Events\LaramanStarting;

/**
 * Writes the application's processes beside the server as JSON to a descriptor that the server has passed.
 */
final class ProcessesCommand extends Command
{
    protected $signature = 'laraman:processes {--starting : The server starts, and does not reload}';

    protected $description = 'List the application\'s processes beside the server';

    protected $hidden = true;

    public function handle(Dispatcher $events): int
    {
        if ($this->option('starting') === true) {
            $events->dispatch(LaramanStarting::EVENT_LARAMAN_STARTING, [LaramanStarting::EVENT_LARAMAN_STARTING]);
        }

        $events->dispatch($event = new LaramanStarting);
        $list = [];

        foreach ($event->all() as $name => ['run' => $run, 'count' => $count]) {
            $command = $run instanceof Closure ? [PHP_BINARY, 'artisan', 'laraman:process', $name] : $run;
            $list[] = ['name' => $name, 'command' => $command, 'count' => $count];
        }

        $json = json_encode($list, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES);
        $descriptor = getenv('LARAMAN_PROCESSES_FD');

        if ($descriptor === false) {
            $this->line($json);

            return self::SUCCESS;
        }

        return file_put_contents("php://fd/$descriptor", $json) === strlen($json) ? self::SUCCESS : self::FAILURE;
    }
}
