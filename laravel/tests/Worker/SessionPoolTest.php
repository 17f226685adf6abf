<?php

declare(strict_types=1);

namespace Laraman\Tests\Worker;

use Illuminate\Database\DatabaseManager;
use Laraman\Tests\TestCase;
use Laraman\Worker\IdleSession;
use Laraman\Worker\SessionPool;
use PDO;

final class SessionPoolTest extends TestCase
{
    private string $file;

    protected function setUp(): void
    {
        parent::setUp();

        $this->file = (string) tempnam(sys_get_temp_dir(), 'db');
        $this->app->make('config')->set('database.connections.file', ['driver' => 'sqlite', 'database' => $this->file, 'prefix' => '']);
    }

    protected function tearDown(): void
    {
        parent::tearDown();

        unlink($this->file);
    }

    public function test_the_next_job_gets_the_session_of_the_same_configuration(): void
    {
        $first = $this->inAJob();

        self::assertSame($first, $this->inAJob());
    }

    public function test_another_configuration_gets_another_session(): void
    {
        $first = $this->inAJob();
        $this->app->make('config')->set('database.connections.file.prefix', 'tenant_');

        self::assertNotSame($first, $this->inAJob());
    }

    public function test_another_file_of_the_same_name_gets_another_session(): void
    {
        $first = $this->inAJob();
        rename($this->file, "$this->file.old");
        touch($this->file);

        self::assertNotSame($first, $this->inAJob());
        unlink("$this->file.old");
    }

    public function test_two_connections_at_once_share_none(): void
    {
        $config = $this->app->make('config');
        $config->set('database.connections.twin', $config->get('database.connections.file'));
        $manager = $this->manager();
        $one = $manager->connection('file')->getPdo();
        $again = $manager->connectUsing('again', (array) $config->get('database.connections.file'), true)->getPdo();

        self::assertNotSame($one, $manager->connection('twin')->getPdo());
        self::assertNotSame($one, $again);
    }

    public function test_a_database_in_memory_ends_with_its_job(): void
    {
        $first = $this->manager()->connection()->getPdo();
        $this->collect();

        self::assertNotSame($first, $this->manager()->connection()->getPdo());
    }

    public function test_an_open_transaction_is_rolled_back(): void
    {
        $this->manager()->connection('file')->statement('create table things (name text)');
        $this->collect();
        $connection = $this->manager()->connection('file');
        $connection->beginTransaction();
        $connection->insert('insert into things values (?)', ['half']);
        $this->collect();

        self::assertSame([], $this->manager()->connection('file')->select('select * from things'));
    }

    public function test_a_session_that_was_changed_is_not_used_again(): void
    {
        $first = $this->inAJob();
        $this->native->changedSessions = [$first];
        $this->inAJob();

        self::assertNotSame($first, $this->inAJob());
    }

    public function test_a_session_that_a_destructor_used_after_the_job_is_not_used_again(): void
    {
        $first = $this->inAJob();
        $first->beginTransaction();

        self::assertNotSame($first, $second = $this->inAJob());
        $this->native->changedSessions = [$second];
        self::assertNotSame($second, $this->inAJob());
    }

    public function test_a_purged_connection_does_not_leave_its_transaction_in_a_session_still_in_use(): void
    {
        $pdo = $this->manager()->connection('file')->getPdo();
        $pdo->beginTransaction();
        $this->manager()->purge('file');
        $this->app->make(SessionPool::class)->collect();

        self::assertFalse($pdo->inTransaction());
    }

    public function test_no_connection_is_persistent_by_pdo(): void
    {
        $this->app->make('config')->set('database.connections.file.options', [PDO::ATTR_PERSISTENT => true]);

        self::assertFalse($this->inAJob()->getAttribute(PDO::ATTR_PERSISTENT));
    }

    public function test_a_client_that_was_dropped_is_not_kept(): void
    {
        $pool = $this->app->make(SessionPool::class);
        $client = $pool->take('key', static fn (): object => new \ArrayObject);
        $pool->drop($client);
        $pool->collect();

        self::assertNotSame($client, $pool->take('key', static fn (): object => new \ArrayObject));
    }

    public function test_a_configuration_with_a_closure_has_no_key(): void
    {
        self::assertNull(SessionPool::key('database', ['options' => [static fn () => null]]));
        self::assertNotSame(SessionPool::key('database', []), SessionPool::key('redis', []));
    }

    public function test_a_session_is_used_for_ten_minutes_and_not_after_a_minute_without_use(): void
    {
        $now = hrtime(true) / 1e9;
        $isReady = static fn (float $opened, float $used): bool => (new IdleSession('key', new \ArrayObject, [], $now - $opened, $now - $used))->isReady();

        self::assertTrue($isReady(590, 50));
        self::assertFalse($isReady(590, 61));
        self::assertFalse($isReady(601, 1));
    }

    public function test_the_number_of_kept_sessions_is_limited(): void
    {
        $first = $this->inAJob();

        for ($tenant = 0; $tenant < 16; $tenant++) {
            $this->app->make('config')->set('database.connections.file.prefix', "tenant_$tenant");
            $this->inAJob();
        }

        $this->app->make('config')->set('database.connections.file.prefix', '');
        self::assertNotSame($first, $this->inAJob());
    }

    /** Its session; afterwards the connections are those of no job. */
    private function inAJob(): PDO
    {
        $pdo = $this->manager()->connection('file')->getPdo();
        $pdo->query('select 1');
        $this->collect();

        return $pdo;
    }

    private function collect(): void
    {
        $manager = $this->manager();
        $this->app->make(SessionPool::class)->collect();
        // As in the snapshot: after a job there is no connection of that job.
        array_map($manager->purge(...), array_keys($manager->getConnections()));
    }

    private function manager(): DatabaseManager
    {
        return $this->app->make(DatabaseManager::class);
    }
}
