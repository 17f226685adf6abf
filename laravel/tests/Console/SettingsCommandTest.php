<?php

declare(strict_types=1);

namespace Laraman\Tests\Console;

use Illuminate\Contracts\Console\Kernel;
use Illuminate\Foundation\Application;
use Laraman\Version;

final class SettingsCommandTest extends ConsoleTestCase
{
    private string $directory;

    protected function setUp(): void
    {
        $this->directory = sys_get_temp_dir().'/laraman-settings-'.getmypid();
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
        $app->booted(static fn (Application $app) => $app->make('config')->set('laraman.server', [
            'host' => null, 'port' => 8001, 'workers' => '2..8', 'ini' => ['memory_limit' => '256M'], 'netsvr_secret' => 'open sesame',
        ]));
    }

    public function test_the_configuration_without_nulls_and_dotenv_above_it(): void
    {
        file_put_contents("$this->directory/.env", "APP_KEY=secret\nPORT=9000\nLARAMAN_PORT=\"\${PORT}\"\nLARAMAN_LOOPS=2\nLARAMAN_HOST=\nLARAMAN_INI=x\nLARAMAN_BINARY=/bin/true\n");

        self::assertSame(0, $this->artisan('laraman:settings --json'));
        self::assertEquals(
            ['port' => '9000', 'workers' => '2..8', 'ini' => ['memory_limit' => '256M'], 'netsvr_secret' => '(set)', 'loops' => '2'],
            json_decode($this->app->make(Kernel::class)->output(), true),
        );
    }

    public function test_values_of_dotenv_are_read_as_by_env(): void
    {
        file_put_contents("$this->directory/.env", <<<'ENV'
            LARAMAN_PORT=null
            LARAMAN_WORKERS=(null)
            LARAMAN_LOOPS=empty
            LARAMAN_HOST="(Empty)"
            LARAMAN_PROXY_PROTOCOL=(true)
            LARAMAN_HTTP_COMPRESSION=False
            LARAMAN_CONFIG=conf/laraman.toml
            LARAMAN_HEARTBEAT_MESSAGE=nullable
            ENV);

        self::assertSame(0, $this->artisan('laraman:settings --json'));
        self::assertEquals(
            ['port' => 8001, 'workers' => '2..8', 'ini' => ['memory_limit' => '256M'], 'netsvr_secret' => '(set)', 'proxy_protocol' => 'true',
                'http_compression' => 'false', 'config' => 'conf/laraman.toml', 'heartbeat_message' => 'nullable'],
            json_decode($this->app->make(Kernel::class)->output(), true),
        );
    }

    public function test_a_cached_configuration_reads_the_env_file_of_the_environment_too(): void
    {
        file_put_contents("$this->directory/.env", "LARAMAN_PORT=9000\n");
        file_put_contents("$this->directory/.env.staging", "LARAMAN_PORT=9001\n");
        $this->app->instance('config_loaded_from_cache', true);
        $before = $_SERVER['APP_ENV'] ?? null;

        try {
            foreach (['staging' => '9001', 'production' => '9000'] as $environment => $port) {
                $_SERVER['APP_ENV'] = $environment;
                self::assertSame(0, $this->artisan('laraman:settings --json'));
                self::assertSame($port, ((array) json_decode($this->app->make(Kernel::class)->output(), true))['port']);
            }
        } finally {
            $_SERVER['APP_ENV'] = $before;
        }
    }

    public function test_the_server_gets_both_apart_on_its_descriptor(): void
    {
        file_put_contents("$this->directory/.env", "APP_KEY=secret\nLARAMAN_PORT=9000\nLARAMAN_NETSVR_SECRET='open \$esame'\n");
        $file = fopen("$this->directory/answer", 'w');
        self::assertIsResource($file);
        // PHP opens descriptors by number, and this is the newest.
        $numbers = array_map(intval(...), (array) scandir('/proc/self/fd'));
        $descriptor = array_search("$this->directory/answer", array_map(static fn (int $fd): string|false => @readlink("/proc/self/fd/$fd"), array_combine($numbers, $numbers)), true);
        putenv("LARAMAN_SETTINGS_FD=$descriptor");

        try {
            self::assertSame(0, $this->artisan('laraman:settings --json'));
        } finally {
            putenv('LARAMAN_SETTINGS_FD');
        }

        self::assertSame('', $this->app->make(Kernel::class)->output());
        self::assertEquals([
            'config' => ['port' => 8001, 'workers' => '2..8', 'ini' => ['memory_limit' => '256M'], 'netsvr_secret' => 'open sesame'],
            'dotenv' => ['LARAMAN_PORT' => '9000', 'LARAMAN_NETSVR_SECRET' => 'open $esame'],
            'storage_path' => $this->app->storagePath(),
            'public_path' => $this->app->publicPath(),
            'laravel_version' => $this->app->version(),
            'php_version' => PHP_VERSION,
            'package_version' => Version::NUMBER,
        ], json_decode((string) file_get_contents("$this->directory/answer"), true));
    }

    public function test_an_integer_is_an_octal_mode_of_the_socket(): void
    {
        foreach (['0660' => 0660, '0007' => 0007, ' 0660' => '0660', '660' => '660'] as $octal => $mode) {
            config(['laraman.server' => ['socket_mode' => $mode]]);
            self::assertSame(0, $this->artisan('laraman:settings --json'));
            self::assertSame(
                ['socket_mode' => trim((string) $octal)],
                json_decode($this->app->make(Kernel::class)->output(), true),
            );
        }
    }

    public function test_without_settings_nothing_is_written(): void
    {
        config(['laraman.server' => ['port' => null]]);

        self::assertSame(0, $this->artisan('laraman:settings --json'));
        self::assertSame('{}', trim($this->app->make(Kernel::class)->output()));
        self::assertSame(0, $this->artisan('laraman:settings'));
    }
}
