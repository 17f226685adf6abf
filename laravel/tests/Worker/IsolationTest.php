<?php

declare(strict_types=1);

namespace Laraman\Tests\Worker;

use Illuminate\Database\DatabaseManager;
use Laraman\Tests\TestCase;
use Laraman\Worker\ApplicationFactory;
use Laraman\Worker\Isolation;
use PDO;
use ReflectionMethod;

final class IsolationTest extends TestCase
{
    public function test_a_connection_made_while_booting_stays_and_takes_a_session_in_each_job(): void
    {
        $connection = $this->manager()->connection();
        $connection->select('select 1');
        $isolation = $this->app->make(Isolation::class);
        $isolation->begin();

        self::assertSame($connection, $this->manager()->connection());
        self::assertNotInstanceOf(PDO::class, $connection->getRawPdo());
        self::assertSame(1, $connection->scalar('select 1'));
    }

    public function test_a_connection_of_a_listener_is_its_own(): void
    {
        $this->app->make('config')->set('database.connections.other', ['driver' => 'sqlite', 'database' => ':memory:', 'prefix' => '']);
        $isolation = $this->app->make(Isolation::class);
        $connection = $this->manager()->connection('other');
        $isolation->begin();

        self::assertNotSame($connection, $this->manager()->connection('other'));
        self::assertSame(1, $connection->scalar('select 1'));
        self::assertNotSame($connection->getPdo(), $this->manager()->connection('other')->getPdo());
    }

    public function test_a_connection_without_a_configuration_is_purged(): void
    {
        $this->app->make('config')->set('database.connections.gone', ['driver' => 'sqlite', 'database' => ':memory:', 'prefix' => '']);
        $this->manager()->connection('gone');
        $this->app->make('config')->offsetUnset('database.connections.gone');
        $isolation = $this->app->make(Isolation::class);
        $isolation->begin();

        self::assertArrayNotHasKey('gone', $this->manager()->getConnections());
    }

    public function test_a_cache_or_session_with_a_connection_is_not_made_before_the_jobs(): void
    {
        $config = $this->app->make('config');
        $stores = fn (): mixed => (new ReflectionMethod(ApplicationFactory::class, 'stores'))->invoke(null, $this->app);

        $config->set(['cache.default' => 'file', 'cache.stores.file.driver' => 'file', 'session.driver' => 'cookie']);
        self::assertSame(['cache.store', 'session.store'], $stores());

        $config->set(['cache.default' => 'redis', 'cache.stores.redis.driver' => 'redis', 'session.driver' => 'database']);
        self::assertSame([], $stores());
    }

    private function manager(): DatabaseManager
    {
        return $this->app->make(DatabaseManager::class);
    }
}
