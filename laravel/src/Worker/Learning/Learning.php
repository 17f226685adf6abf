<?php

declare(strict_types=1);

namespace Laraman\Worker\Learning;

use Illuminate\Foundation\Application;
use Laraman\Persist;

/**
 * Records results that a worker's jobs compute again and again, and computes them once, in the clean state between jobs.
 */
#[Persist]
final class Learning
{
    /** Jobs that are observed: the first FIRST jobs, and then every EACH-th job. */
    private const FIRST = 32;

    private const EACH = 16;

    private int $jobs = 0;

    private bool $hasNew = false;

    /** Number of the job after which results are computed again; it doubles each time. */
    private int $next = 1;

    public function __construct(private readonly BootedModels $models, private readonly UsedRoutes $routes, private readonly FrameworkCaches $caches)
    {
    }

    /** Called at the end of a job, before its state is discarded. Returns whether there are results to compute. */
    public function observe(Application $app): bool
    {
        if (++$this->jobs <= self::FIRST || $this->jobs % self::EACH === 0) {
            foreach ($this->habits() as $habit) {
                $habit->note($app);
            }

            $this->hasNew = $this->models->hasNew() || $this->routes->hasNew() || $this->caches->hasNew();
        }

        if (! $this->hasNew || $this->jobs < $this->next) {
            return false;
        }

        $this->next = 2 * $this->jobs;

        return true;
    }

    /** The number of recorded results. */
    public function count(): int
    {
        return $this->models->count() + $this->routes->count() + $this->caches->count();
    }

    public function make(Application $app): void
    {
        $this->hasNew = false;

        foreach ($this->habits() as $habit) {
            $habit->make($app);
        }
    }

    /** @return list<Habit> */
    private function habits(): array
    {
        return [$this->models, $this->routes, $this->caches];
    }
}
