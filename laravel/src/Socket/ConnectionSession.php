<?php

declare(strict_types=1);

namespace Laraman\Socket;

use Illuminate\Contracts\Foundation\Application;
use Illuminate\Contracts\Session\Session;
use Illuminate\Session\CookieSessionHandler;
use Illuminate\Session\Store;
use SessionHandlerInterface;

/**
 * The Laravel session of a connection's browser while an event is handled: the application's session store, with the
 * current data. A session that no longer exists is empty, and is not written.
 */
final class ConnectionSession
{
    private ?Store $store = null;

    private ?ExistingSessions $existing = null;

    private ?SessionHandlerInterface $handler = null;

    public function __construct(private readonly Application $app, private readonly ?string $id)
    {
    }

    /** Null if the handshake had no session, or if only the browser has it (the cookie driver). */
    public function get(): ?Session
    {
        if ($this->store !== null || $this->id === null) {
            return $this->store;
        }

        $store = $this->app->make('session.store');

        if (! $store instanceof Store || ($handler = $store->getHandler()) instanceof CookieSessionHandler) {
            return null;
        }

        $this->handler = $handler;
        $store->setHandler($this->existing = new ExistingSessions($handler));
        $store->flush();
        $store->setId($this->id);
        $store->start();

        return $this->store = $store;
    }

    /** Whether the session still existed when get() read it. */
    public function exists(): bool
    {
        return $this->get() !== null && $this->existing?->found === true;
    }

    /** Restores the store to its state at the beginning of the job. */
    public function release(): void
    {
        if ($this->store !== null && $this->handler !== null) {
            $this->store->setHandler($this->handler);
            $this->store->flush();
            $this->store = null;
        }
    }
}
