<?php

declare(strict_types=1);

namespace Laraman\Worker;

use Illuminate\Foundation\Application;

/**
 * Puts one part of the framework back to what it was after booting. Made once for a worker; it keeps the objects that it
 * resets, so that no job pays for finding them.
 */
interface Reset
{
    /**
     * Before a job, with the job's sandbox made current.
     */
    public function reset(Application $sandbox): void;
}
