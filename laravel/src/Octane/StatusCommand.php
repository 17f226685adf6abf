<?php

declare(strict_types=1);

namespace Laraman\Octane;

use Laravel\Octane\Commands\StatusCommand as OctaneStatusCommand;
use Symfony\Component\Console\Attribute\AsCommand;

#[AsCommand(name: 'octane:status')]
final class StatusCommand extends OctaneStatusCommand
{
    use ServedByLaraman;

    public function handle(): mixed
    {
        if (! $this->servedByLaraman()) {
            return parent::handle();
        }

        $isRunning = $this->laraman('status') === 0;
        $this->info($isRunning ? 'Octane server is running.' : 'Octane server is not running.');

        return $isRunning ? 0 : 1;
    }
}
