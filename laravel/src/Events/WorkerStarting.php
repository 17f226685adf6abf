<?php

declare(strict_types=1);

namespace Laraman\Events;

use Illuminate\Foundation\Application;

/**
 * A resident worker has booted the application and is about to take its first job.
 */
final class WorkerStarting
{
    public function __construct(public readonly Application $app)
    {
    }
}
