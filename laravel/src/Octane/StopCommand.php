<?php

declare(strict_types=1);

namespace Laraman\Octane;

use Laravel\Octane\Commands\StopCommand as OctaneStopCommand;
use Symfony\Component\Console\Attribute\AsCommand;

#[AsCommand(name: 'octane:stop')]
final class StopCommand extends OctaneStopCommand
{
    use ServedByLaraman;

    public function handle(): mixed
    {
        return $this->servedByLaraman() ? $this->laraman('stop', true) : parent::handle();
    }
}
