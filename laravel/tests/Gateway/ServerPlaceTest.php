<?php

declare(strict_types=1);

namespace Laraman\Tests\Gateway;

use Illuminate\Foundation\Application;
use Laraman\Gateway\ServerPlace;
use Laraman\Tests\TestCase;
use PHPUnit\Framework\Attributes\DataProvider;

final class ServerPlaceTest extends TestCase
{
    private string $directory;

    protected function setUp(): void
    {
        $this->directory = sys_get_temp_dir().'/laraman-place-'.getmypid();
        mkdir($this->directory);

        parent::setUp();
    }

    protected function tearDown(): void
    {
        parent::tearDown();

        exec('rm -r '.escapeshellarg($this->directory));
    }

    protected function configure(Application $app): void
    {
        $app->useEnvironmentPath($this->directory);
    }

    /** @return iterable<string, array{string, array{environment?: array<string, string>, dotenv?: string, server?: array<string, mixed>, socket?: string}}> */
    public static function places(): iterable
    {
        yield 'the default' => ['{storage}/framework/laraman/task.sock', []];
        yield 'runtime_dir of the configuration' => ['/run/app/task.sock', ['server' => ['runtime_dir' => '/run/app']]];
        yield 'a relative one starts in the application' => ['{app}/run/task.sock', ['server' => ['runtime_dir' => 'run']]];
        yield 'task_socket wins over it' => ['/run/task', ['server' => ['runtime_dir' => '/run/app', 'task_socket' => '/run/task']]];
        yield '.env wins over the configuration' => ['/run/env/task.sock', ['dotenv' => 'LARAMAN_RUNTIME_DIR=/run/env', 'server' => ['runtime_dir' => '/run/app']]];
        yield 'a relative one of .env' => ['{app}/run/task.sock', ['dotenv' => 'LARAMAN_RUNTIME_DIR=run']];
        yield 'Laravel has read .env' => ['{app}/run/task.sock', ['dotenv' => 'LARAMAN_RUNTIME_DIR=run', 'environment' => ['LARAMAN_RUNTIME_DIR' => 'run']]];
        yield 'the environment wins over .env' => ['/run/shell/task.sock', ['environment' => ['LARAMAN_RUNTIME_DIR' => '/run/shell'], 'dotenv' => 'LARAMAN_RUNTIME_DIR=/run/env']];
        yield 'a relative one of the environment' => ['{here}/run/task.sock', ['environment' => ['LARAMAN_RUNTIME_DIR' => 'run']]];
        yield 'null of .env is no value' => ['/run/app/task.sock', ['dotenv' => 'LARAMAN_RUNTIME_DIR=null', 'environment' => ['LARAMAN_RUNTIME_DIR' => 'null'], 'server' => ['runtime_dir' => '/run/app']]];
        yield 'LARAMAN_TASK_SOCKET' => ['/run/task', ['environment' => ['LARAMAN_TASK_SOCKET' => 'unix:/run/task']]];
        yield 'host and port' => ['tcp://127.0.0.1:6062', ['dotenv' => 'LARAMAN_TASK_SOCKET=127.0.0.1:6062']];
        yield 'the server has told it' => ['/run/told', ['environment' => ['LARAMAN_GATEWAY_SOCKET' => '/run/told', 'LARAMAN_TASK_SOCKET' => '/run/task']]];
        yield 'gateway.socket wins over all' => ['tcp://gateway:6062', ['socket' => 'tcp://gateway:6062', 'environment' => ['LARAMAN_GATEWAY_SOCKET' => '/run/told']]];
        yield 'gateway.socket is relative' => ['{app}/task', ['socket' => 'unix://task']];
    }

    /** @param  array{environment?: array<string, string>, dotenv?: string, server?: array<string, mixed>, socket?: string}  $given */
    #[DataProvider('places')]
    public function test_the_task_socket_is_that_of_the_server(string $expected, array $given): void
    {
        file_put_contents("$this->directory/.env", $given['dotenv'] ?? '');
        config(['laraman.server' => $given['server'] ?? [], 'laraman.gateway.socket' => $given['socket'] ?? null]);

        try {
            foreach ($given['environment'] ?? [] as $name => $value) {
                putenv("$name=$value");
            }

            $places = ['{storage}' => $this->app->storagePath(), '{app}' => $this->app->basePath(), '{here}' => (string) getcwd()];
            self::assertSame(strtr($expected, $places), $this->app->make(ServerPlace::class)->taskSocket());
        } finally {
            foreach (array_keys($given['environment'] ?? []) as $name) {
                putenv($name);
            }
        }
    }

    public function test_a_path_that_is_too_long_may_lead_to_a_short_one(): void
    {
        $long = "$this->directory/".str_repeat('a', 100);
        mkdir("$this->directory/short");
        touch("$this->directory/short/task.sock");
        symlink("$this->directory/short", $long);
        config(['laraman.server.runtime_dir' => $long]);

        self::assertSame("$this->directory/short/task.sock", $this->app->make(ServerPlace::class)->taskSocket());
    }
}
