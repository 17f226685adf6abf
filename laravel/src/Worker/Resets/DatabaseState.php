<?php

declare(strict_types=1);

namespace Laraman\Worker\Resets;

use Illuminate\Database\Connection;
use Illuminate\Database\DatabaseManager;
use Illuminate\Foundation\Application;
use Laraman\Worker\Reset;

/**
 * Open database connections live on, but not what a job left in them: that it wrote (sticky reads), the query log, the
 * time spent and its handlers' "has run", and a transaction that nobody ended.
 */
final class DatabaseState implements Reset
{
    private readonly ?DatabaseManager $manager;

    /** @var array<string, true> connections that log their queries since booting */
    private array $logging = [];

    public function __construct(Application $base)
    {
        $manager = $base->bound('db') ? $base->make('db') : null;
        $this->manager = $manager instanceof DatabaseManager ? $manager : null;

        foreach ($this->manager?->getConnections() ?? [] as $name => $connection) {
            if ($connection instanceof Connection && $connection->logging()) {
                $this->logging[(string) $name] = true;
            }
        }
    }

    public function reset(Application $sandbox): void
    {
        foreach ($this->manager?->getConnections() ?? [] as $name => $connection) {
            if (! $connection instanceof Connection) {
                continue;
            }

            if ($connection->transactionLevel() > 0) {
                $connection->rollBack(0);
            }

            $connection->forgetRecordModificationState();
            $connection->flushQueryLog();
            $connection->resetTotalQueryDuration();
            $connection->allowQueryDurationHandlersToRunAgain();

            if (! isset($this->logging[(string) $name])) {
                $connection->disableQueryLog();
            }
        }
    }

    /** Closes the connections; they open again when they are used. */
    public function disconnect(): void
    {
        foreach ($this->manager?->getConnections() ?? [] as $connection) {
            if ($connection instanceof Connection) {
                $connection->disconnect();
            }
        }
    }
}
