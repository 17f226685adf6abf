<?php

declare(strict_types=1);

namespace Laraman\Worker;

use Illuminate\Foundation\Application;
use Illuminate\Http\Request;
use Illuminate\Pagination\PaginationState;
use Laraman\Worker\Resets\CacheState;
use Laraman\Worker\Resets\DatabaseState;
use Laraman\Worker\Resets\FreshInstances;
use Laraman\Worker\Resets\KnownPackages;
use Laraman\Worker\Resets\LocaleState;
use Laraman\Worker\Resets\LogState;
use Laraman\Worker\Resets\SandboxHandOver;
use Laraman\Worker\Resets\SessionState;

/**
 * All that must be put back before a job so that the application behaves as if it had just been booted.. A few
 * of them look first whether there is anything to put back, so that events stay cheap.
 */
final class Resets
{
    /** @var list<Reset> */
    private readonly array $resets;

    private readonly DatabaseState $database;

    private readonly Request $standIn;

    private bool $holdsRequest = true;

    public function __construct(private readonly Application $base)
    {
        $this->standIn = $base->make(Request::class);
        $this->database = new DatabaseState($base);
        $this->resets = [
            new FreshInstances($base),
            new SandboxHandOver($base),
            $this->database,
            new LogState($base),
            new CacheState($base),
            new KnownPackages($base),
            new LocaleState($base),
            new SessionState($base),
        ];
    }

    public function beforeRequest(Application $sandbox, Request $request): void
    {
        foreach ($this->resets as $reset) {
            $reset->reset($sandbox);
        }

        // Also to the base: what was made while booting may ask it.
        $this->base->instance('request', $request);
        $sandbox->instance('request', $request);
        PaginationState::resolveUsing($sandbox);
        $this->holdsRequest = true;
    }

    public function beforeEvent(Application $sandbox): void
    {
        // First: the URL generator is copied with the request that it has.
        if ($this->holdsRequest) {
            $this->base->instance('request', $this->standIn);
            $this->holdsRequest = false;
        }

        foreach ($this->resets as $reset) {
            $reset->reset($sandbox);
        }

        PaginationState::resolveUsing($sandbox);
    }

    /** Closes the database connections after a job. */
    public function disconnectDatabase(): void
    {
        $this->database->disconnect();
    }
}
