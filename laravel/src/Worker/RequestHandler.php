<?php

declare(strict_types=1);

namespace Laraman\Worker;

use Illuminate\Foundation\Application;
use Laraman\Native\RequestJob;

/**
 * Answers the requests of a resident worker. PHP's state is restored after each request.
 */
interface RequestHandler
{
    /** The booted application. */
    public function application(): Application;

    /** Answers a request, or the handshake of a socket. */
    public function handle(RequestJob $job): void;

    /** Called when the worker stops: there will be no more jobs. */
    public function stop(): void;
}
