<?php

declare(strict_types=1);

namespace Laraman\Worker;

use Illuminate\Database\Connection;
use Illuminate\Database\DatabaseManager;
use Laraman\Persist;
use PDO;
use PDOException;
use WeakMap;

use function Laraman\Native\is_session_changed;
use function Laraman\Native\settle_session;

/**
 * Keeps a resident worker's database sessions open from job to job. Each job makes Connection objects of its own, from
 * the configuration as it is then; what it gets is an open PDO that was made with the very same configuration, and that
 * nobody else uses. One whose session a job has changed, by a raw BEGIN, SET or PRAGMA say, is closed after that job.
 */
#[Persist]
final class PdoPool
{
    /** Sessions without a user that are kept; above it the one that nobody used for the longest time is closed. */
    private const MOST = 16;

    /** @var list<array{string, PDO}> keys and sessions, the one used last at the end */
    private array $idle = [];

    /** @var WeakMap<PDO, string> */
    private WeakMap $lent;

    public function __construct()
    {
        $this->lent = new WeakMap;
    }

    /**
     * @param  string  $key  of the configuration
     * @param  callable(): PDO  $connect
     */
    public function take(string $key, callable $connect): PDO
    {
        $pdo = null;

        foreach ($this->idle as $i => [$other, $kept]) {
            if ($other === $key) {
                $pdo = $kept;
                array_splice($this->idle, $i, 1);

                break;
            }
        }

        if ($pdo === null) {
            $pdo = $connect();
            settle_session($pdo);  // what Laravel sends while it connects is the configuration's
        }

        $this->lent[$pdo] = $key;

        return $pdo;
    }

    /** Takes the sessions of a manager's connections back, which are not used any more. */
    public function collect(DatabaseManager $manager): void
    {
        foreach ($manager->getConnections() as $connection) {
            if (! $connection instanceof Connection) {
                continue;
            }

            foreach ([$connection->getRawPdo(), $connection->getRawReadPdo()] as $pdo) {
                if ($pdo instanceof PDO && isset($this->lent[$pdo])) {
                    $this->takeBack($pdo, $this->lent[$pdo]);
                }
            }
        }
    }

    private function takeBack(PDO $pdo, string $key): void
    {
        unset($this->lent[$pdo]);

        $isChanged = is_session_changed($pdo);

        try {
            if ($pdo->inTransaction()) {
                $pdo->rollBack();
            } elseif ($isChanged) {
                @$pdo->exec('ROLLBACK');  // of a raw BEGIN, which PDO does not know; the application may still have the session
            }
        } catch (PDOException) {
            return;  // there was no transaction, or the session is dead
        }

        if ($isChanged) {
            return;
        }

        $this->idle[] = [$key, $pdo];

        if (count($this->idle) > self::MOST) {
            array_shift($this->idle);
        }
    }
}
