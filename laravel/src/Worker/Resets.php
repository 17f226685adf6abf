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
 * All that must be put back before a job so that the application behaves as if it had just been booted.
 *
 * What only a request changes (session, cookies, locale) is put back before a request, and before an event only where
 * something touched it since the last time.
 */
final class Resets
{
    /** @var list<Reset> before every job */
    private readonly array $always;

    /** @var list<Reset> before a request, and before an event that comes after one */
    private readonly array $afterRequests;

    private readonly DatabaseState $database;

    private readonly Request $standIn;

    private bool $touched = true;

    public function __construct(private readonly Application $base)
    {
        $this->standIn = $base->make('request');
        $this->database = new DatabaseState($base);
        $this->always = [
            new FreshInstances($base),
            new SandboxHandOver($base),
            $this->database,
            new LogState($base),
            new CacheState($base),
            new KnownPackages($base),
        ];
        $this->afterRequests = [new LocaleState($base), new SessionState($base)];
    }

    public function beforeRequest(Application $sandbox, Request $request): void
    {
        foreach ($this->always as $reset) {
            $reset->reset($sandbox);
        }

        foreach ($this->afterRequests as $reset) {
            $reset->reset($sandbox);
        }

        // Also to the base: what was made while booting may ask it.
        $this->base->instance('request', $request);
        $sandbox->instance('request', $request);
        PaginationState::resolveUsing($sandbox);
        $this->touched = true;
    }

    public function beforeEvent(Application $sandbox): void
    {
        foreach ($this->always as $reset) {
            $reset->reset($sandbox);
        }

        if ($this->touched) {
            foreach ($this->afterRequests as $reset) {
                $reset->reset($sandbox);
            }

            $this->base->instance('request', $this->standIn);
            $this->touched = false;
        }

        PaginationState::resolveUsing($sandbox);
    }

    /** An event's handler has changed what only requests change. */
    public function touch(): void
    {
        $this->touched = true;
    }

    /** Closes the database connections after a job. */
    public function disconnectDatabase(): void
    {
        $this->database->disconnect();
    }
}
