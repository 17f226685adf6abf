<?php

declare(strict_types=1);

namespace Laraman\Worker\Learning;

use Illuminate\Foundation\Application;
use Laraman\Persist;

/**
 * Notes what the jobs of a worker make again and again, and has it made once, in the state in which no job is.
 */
#[Persist]
final class Learning
{
    /** Jobs that are noted: the first ones, and each of so many. */
    private const FIRST = 32;

    private const EACH = 16;

    private int $jobs = 0;

    private bool $hasNew = false;

    /** Number of the job after which it is worth to make something again: each time twice as many as the time before. */
    private int $next = 1;

    public function __construct(private readonly BootedModels $models, private readonly UsedRoutes $routes, private readonly FrameworkCaches $caches)
    {
    }

    /** A job is over, and its state still there. Whether there is something to make in the clean state. */
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

    /** How much there is to make. */
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
