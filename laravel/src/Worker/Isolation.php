<?php

declare(strict_types=1);

namespace Laraman\Worker;

use Illuminate\Contracts\Config\Repository;
use Illuminate\Database\DatabaseManager;
use Illuminate\Foundation\Application;
use Laraman\Worker\Learning\Learning;

use function Laraman\Native\isolate;
use function Laraman\Native\warm;

/**
 * Sees to it that no job finds what another has left: the program puts PHP's state back after each, to what it was when
 * begin() was called. Database sessions stay open meanwhile.
 */
final class Isolation
{
    private bool $isOn = false;

    /** Null where the application uses none. */
    private ?DatabaseManager $databases = null;

    public function __construct(
        private readonly Application $app,
        private readonly PdoPool $sessions,
        private readonly Learning $learning,
    ) {
    }

    /** Booting has ended: before the first job. */
    public function begin(): void
    {
        $config = $this->app->make(Repository::class);
        $this->isOn = $config->get('laraman.worker.isolation') !== 'none';

        if (! $this->isOn) {
            return;
        }

        // Each job makes connections of its own.
        $this->databases = $this->databases();

        if ($this->databases !== null) {
            $this->sessions->collect($this->databases);
            array_map($this->databases->purge(...), array_keys($this->databases->getConnections()));
        }

        WarmUp::run($this->app);
        isolate(array_values(array_filter((array) $config->get('laraman.worker.persist'), is_string(...))));
    }

    /** A job is over, also one that called exit. */
    public function settle(): void
    {
        if (! $this->isOn) {
            return;
        }

        if ($this->databases !== null) {
            $this->sessions->collect($this->databases);
        }

        if ($this->learning->observe($this->app)) {
            warm($this->learning->count());
        }
    }

    /** PHP's state is that in which no job is, and what it becomes here is the new one. */
    public function warm(): void
    {
        $this->learning->make($this->app);
    }

    private function databases(): ?DatabaseManager
    {
        $manager = $this->app->resolved('db') ? $this->app->make('db') : null;

        return $manager instanceof DatabaseManager ? $manager : null;
    }
}
