<?php

declare(strict_types=1);

namespace Laraman\Octane;

use Laravel\Octane\Commands\ReloadCommand as OctaneReloadCommand;
use Symfony\Component\Console\Attribute\AsCommand;

#[AsCommand(name: 'octane:reload')]
final class ReloadCommand extends OctaneReloadCommand
{
    use ServedByLaraman;

    public function handle(): mixed
    {
        return $this->servedByLaraman() ? $this->laraman('reload', true) : parent::handle();
    }
}
