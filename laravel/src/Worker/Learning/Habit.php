<?php

declare(strict_types=1);

namespace Laraman\Worker\Learning;

use Illuminate\Foundation\Application;

/**
 * A kind of result that every job computes, and that can be computed once, in the clean state between jobs.
 */
interface Habit
{
    /** Called at the end of a job, before its state is discarded: records what the job has computed. */
    public function note(Application $app): void;

    /** Whether results have been recorded that are not made yet. */
    public function hasNew(): bool;

    /** Computes all recorded results again, with the framework's own code: no object of a job is kept. */
    public function make(Application $app): void;

    /** The number of recorded results. */
    public function count(): int;
}
