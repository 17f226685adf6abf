<?php

declare(strict_types=1);

namespace Laraman\Worker\Resets;

use Illuminate\Cookie\CookieJar;
use Illuminate\Foundation\Application;
use Illuminate\Session\Store;
use Laraman\Worker\Reset;

/**
 * The session on the resolved driver becomes a new, empty one; queued cookies are dropped.
 */
final class SessionState implements Reset
{
    private readonly ?Store $store;

    private readonly ?CookieJar $cookies;

    /** The id that nobody has used. */
    private ?string $id = null;

    public function __construct(Application $base)
    {
        $store = $base->bound('session.store') ? $base->make('session.store') : null;
        $this->store = $store instanceof Store ? $store : null;
        $cookies = $base->bound('cookie') ? $base->make('cookie') : null;
        $this->cookies = $cookies instanceof CookieJar ? $cookies : null;
    }

    public function reset(Application $sandbox): void
    {
        // Random ids are dear, and most events leave the session alone.
        if ($this->store !== null && ($this->store->getId() !== $this->id || $this->store->all() !== [])) {
            $this->store->flush();
            $this->store->migrate();
            $this->id = $this->store->getId();
        }

        $this->cookies?->flushQueuedCookies();
    }
}
