<?php

declare(strict_types=1);

namespace Laraman\Events;

use Illuminate\Foundation\Application;

/**
 * A resident worker has finished its last job; its watched streams are still open.
 */
final class WorkerStopping
{
    public function __construct(public readonly Application $app)
    {
    }
}
