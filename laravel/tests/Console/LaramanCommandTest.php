<?php

declare(strict_types=1);

namespace Laraman\Tests\Console;

use Illuminate\Contracts\Console\Kernel;
use Illuminate\Foundation\Application;
use Laraman\Console\BinaryFinder;
use Laraman\Console\Launcher;
use Laraman\Tests\TestCase;

final class LaramanCommandTest extends TestCase
{
    private RecordingLauncher $launcher;

    protected function setUp(): void
    {
        putenv('APP_RUNNING_IN_CONSOLE=true');
        $_ENV['APP_RUNNING_IN_CONSOLE'] = $_SERVER['APP_RUNNING_IN_CONSOLE'] = 'true';
        $this->launcher = new RecordingLauncher;

        parent::setUp();
    }

    protected function tearDown(): void
    {
        putenv('APP_RUNNING_IN_CONSOLE=false');
        $_ENV['APP_RUNNING_IN_CONSOLE'] = $_SERVER['APP_RUNNING_IN_CONSOLE'] = 'false';

        parent::tearDown();
    }

    protected function configure(Application $app): void
    {
        $app->instance(Launcher::class, $this->launcher);
        $app->booted(static function (Application $app): void {
            $app->make('config')->set('laraman.binary', PHP_BINARY);
            $app->make('config')->set('laraman.server', [
                'host' => '127.0.0.1', 'port' => 8000, 'workers' => 'auto', 'max_requests' => 0, 'allow_origin' => ['https://a.test', 'https://b.test'],
                'log_level' => null, 'ini' => ['memory_limit' => '256M'], 'runtime_dir' => '/run/laraman', 'pid_file' => '/run/laraman.pid',
                'log_file' => '/var/log/laraman.log', 'stop_timeout' => 10,
            ]);
        });
    }

    public function test_start_passes_the_settings_on(): void
    {
        self::assertSame(0, $this->artisan('laraman start'));
        self::assertSame(PHP_BINARY, $this->launcher->binary);
        self::assertSame([
            'start', '--app', $this->app->basePath(), '--script', dirname(__DIR__, 2).'/bin/worker.php', '--php', PHP_BINARY,
            '--host', '127.0.0.1', '--port', '8000', '--workers', 'auto', '--max-requests', '0',
            '--allow-origin', 'https://a.test', '--allow-origin', 'https://b.test', '--ini', 'memory_limit=256M',
            '--runtime-dir', '/run/laraman', '--pid-file', '/run/laraman.pid', '--log-file', '/var/log/laraman.log', '--stop-timeout', '10',
        ], $this->launcher->arguments);
    }

    public function test_options_win_over_settings(): void
    {
        $this->artisan('laraman start --host=0.0.0.0 --port=9000 --workers=3 --log-level=debug -d');
        $line = implode(' ', $this->launcher->arguments);

        self::assertStringContainsString('--host 0.0.0.0 --port 9000 --workers 3', $line);
        self::assertStringContainsString('--log-level debug', $line);
        self::assertStringEndsWith('--daemon', $line);
        self::assertStringNotContainsString('8000', $line);
    }

    public function test_other_actions_get_what_finds_the_server(): void
    {
        $this->artisan('laraman stop -g');
        self::assertSame(
            ['stop', '--app', $this->app->basePath(), '--runtime-dir', '/run/laraman', '--pid-file', '/run/laraman.pid', '--graceful'],
            $this->launcher->arguments,
        );

        $this->artisan('laraman status --json');
        self::assertSame(
            ['status', '--app', $this->app->basePath(), '--runtime-dir', '/run/laraman', '--pid-file', '/run/laraman.pid', '--json'],
            $this->launcher->arguments,
        );
    }

    public function test_each_spelling_of_an_option_is_understood(): void
    {
        foreach (['-d' => '--daemon', '--daemon' => '--daemon', '--d' => '--d'] as $given => $passed) {
            $this->artisan("laraman start $given");
            self::assertContains($passed, $this->launcher->arguments, $given);
        }

        foreach (['-g' => '--graceful', '--graceful' => '--graceful', '--g' => '--g'] as $given => $passed) {
            $this->artisan("laraman stop $given");
            self::assertContains($passed, $this->launcher->arguments, $given);
        }

        $this->artisan('laraman start --watch --config=/etc/laraman.toml --max-requests=500');
        $line = implode(' ', $this->launcher->arguments);
        self::assertStringContainsString('--max-requests 500', $line);
        self::assertStringEndsWith('--watch --config /etc/laraman.toml', $line);
    }

    public function test_logs_are_those_of_the_configured_file(): void
    {
        $this->artisan('laraman logs --lines=20 --follow');
        self::assertSame(
            ['logs', '--app', $this->app->basePath(), '--runtime-dir', '/run/laraman', '--pid-file', '/run/laraman.pid', '--log-file', '/var/log/laraman.log',
                '--follow', '--lines', '20'],
            $this->launcher->arguments,
        );
    }

    public function test_the_programs_exit_code_is_the_commands(): void
    {
        $this->launcher->exitCode = 3;

        self::assertSame(3, $this->artisan('laraman status'));
    }

    public function test_an_unknown_action_is_named(): void
    {
        self::assertSame(2, $this->artisan('laraman jump'));
        self::assertStringContainsString('No such action [jump]', $this->app->make(Kernel::class)->output());
        self::assertNull($this->launcher->binary);
    }

    public function test_a_missing_program_is_explained(): void
    {
        config(['laraman.binary' => '/nonexistent/laraman']);
        self::assertSame(127, $this->artisan('laraman start'));
        self::assertStringContainsString('/nonexistent/laraman', $this->app->make(Kernel::class)->output());

        config(['laraman.binary' => null]);
        $this->app->instance(BinaryFinder::class, new BinaryFinder('/nonexistent'));
        $path = getenv('PATH');
        putenv('PATH=/nonexistent');

        try {
            self::assertSame(127, $this->artisan('laraman start'));
        } finally {
            putenv("PATH=$path");
        }

        self::assertStringContainsString('LARAMAN_BINARY', $this->app->make(Kernel::class)->output());
    }

    public function test_where_the_program_is_looked_for(): void
    {
        $base = sys_get_temp_dir().'/laraman-find-'.getmypid();
        mkdir("$base/vendor/bin", recursive: true);
        mkdir("$base/path");

        foreach (['vendor/bin/laraman', 'path/laraman', 'named'] as $file) {
            touch("$base/$file");
            chmod("$base/$file", 0755);
        }

        touch("$base/unusable");
        $path = getenv('PATH');
        putenv("PATH=$base/path");
        $finder = new BinaryFinder($base);

        try {
            self::assertSame("$base/named", $finder->find("$base/named"));
            self::assertNull($finder->find("$base/unusable"));
            self::assertSame("$base/vendor/bin/laraman", $finder->find(null));
            putenv("LARAMAN_BINARY=$base/named");
            self::assertSame("$base/named", $finder->find(null));
            putenv('LARAMAN_BINARY');
            unlink("$base/vendor/bin/laraman");
            self::assertSame("$base/path/laraman", $finder->find(null));
            unlink("$base/path/laraman");
            self::assertNull($finder->find(null));
        } finally {
            putenv("PATH=$path");
            putenv('LARAMAN_BINARY');
            exec('rm -r '.escapeshellarg($base));
        }
    }

    public function test_make_socket_writes_a_handler(): void
    {
        $base = sys_get_temp_dir().'/laraman-make-'.getmypid();
        mkdir("$base/app", recursive: true);
        file_put_contents("$base/composer.json", '{"autoload": {"psr-4": {"App\\\\": "app/"}}}');
        $this->app->setBasePath($base);
        $this->app->useAppPath("$base/app");

        try {
            self::assertSame(0, $this->artisan('make:socket ChatSocket'));
            $code = (string) file_get_contents("$base/app/Sockets/ChatSocket.php");
            self::assertStringContainsString('namespace App\Sockets;', $code);
            self::assertStringContainsString('class ChatSocket extends SocketHandler', $code);
            self::assertStringContainsString('routes/sockets.php', $this->app->make(Kernel::class)->output());
        } finally {
            exec('rm -r '.escapeshellarg($base));
        }
    }

    private function artisan(string $command): int
    {
        return $this->app->make(Kernel::class)->call($command);
    }
}

final class RecordingLauncher extends Launcher
{
    public ?string $binary = null;

    /** @var list<string> */
    public array $arguments = [];

    public int $exitCode = 0;

    public function run(string $binary, array $arguments): int
    {
        $this->binary = $binary;
        $this->arguments = $arguments;

        return $this->exitCode;
    }
}
