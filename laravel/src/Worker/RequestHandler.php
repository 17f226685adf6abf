<?php

declare(strict_types=1);

namespace Laraman\Worker;

use Illuminate\Foundation\Application;
use Laraman\Native\RequestJob;

/**
 * What answers the requests of a resident worker. What a request changes in PHP's state is put back after it.
 */
interface RequestHandler
{
    /** The booted application. */
    public function application(): Application;

    /** Answers a request, or the handshake of a socket. */
    public function handle(RequestJob $job): void;

    /** The worker leaves: there will be no more jobs. */
    public function stop(): void;
}
