<?php

declare(strict_types=1);

namespace Laraman\Worker;

use Illuminate\Contracts\Config\Repository;
use Illuminate\Database\DatabaseManager;
use Illuminate\Foundation\Application;

use function Laraman\Native\isolate;

/**
 * Sees to it that no job finds what another has left: the program puts PHP's state back after each, to what it was when
 * begin() was called. Database sessions stay open meanwhile.
 */
final class Isolation
{
    private bool $isOn = false;

    public function __construct(private readonly Application $app, private readonly PdoPool $sessions)
    {
    }

    /** Booting has ended: before the first job. */
    public function begin(): void
    {
        $config = $this->app->make(Repository::class);
        $this->isOn = $config->get('laraman.worker.isolation') !== 'none';

        if (! $this->isOn) {
            return;
        }

        $databases = $this->databases();
        $this->settle();

        // Each job makes connections of its own.
        foreach (array_keys($databases?->getConnections() ?? []) as $name) {
            $databases?->purge((string) $name);
        }

        isolate(array_values(array_filter((array) $config->get('laraman.worker.persist'), is_string(...))));
    }

    /** A job is over. */
    public function settle(): void
    {
        if ($this->isOn && ($databases = $this->databases()) !== null) {
            $this->sessions->collect($databases);
        }
    }

    private function databases(): ?DatabaseManager
    {
        $manager = $this->app->resolved('db') ? $this->app->make('db') : null;

        return $manager instanceof DatabaseManager ? $manager : null;
    }
}
