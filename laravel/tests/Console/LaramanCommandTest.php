<?php

declare(strict_types=1);

namespace Laraman\Tests\Console;

use Illuminate\Contracts\Console\Kernel;
use Illuminate\Foundation\Application;
use Laraman\Console\BinaryFinder;
use Laraman\Console\Launcher;
use Laraman\Console\Program;
use Symfony\Component\Console\Input\ArgvInput;
use Symfony\Component\Console\Output\BufferedOutput;

final class LaramanCommandTest extends ConsoleTestCase
{
    private RecordingLauncher $launcher;

    protected function setUp(): void
    {
        $this->launcher = new RecordingLauncher;

        parent::setUp();
    }

    protected function configure(Application $app): void
    {
        $app->instance(Launcher::class, $this->launcher);
        $app->booted(static fn (Application $app) => $app->make('config')->set('laraman.binary', PHP_BINARY));
    }

    public function test_arguments_are_passed_to_the_program_unchanged(): void
    {
        foreach ([
            'start --port=81 --allow-origin https://a.test --allow-origin=https://b.test --ini memory_limit=1G -d --check-config',
            'stop -g', 'status --json --watch', 'logs -n 20 -f', 'reload --no-app', 'restart --no-such-flag', 'php --workers 2', 'jump',
        ] as $typed) {
            self::assertSame(0, $this->artisan("laraman $typed"));
            [$action, $flags] = [strtok($typed, ' '), array_slice(explode(' ', $typed), 1)];
            self::assertSame([$action, '--app', $this->app->basePath(), ...$flags], $this->launcher->arguments);
            self::assertSame(PHP_BINARY, $this->launcher->binary);
        }

        $this->artisan('laraman gateway --port 81');
        self::assertSame(['gateway', '--port', '81'], $this->launcher->arguments, 'it has no application');
        $this->artisan('laraman');
        self::assertSame([], $this->launcher->arguments);
    }

    public function test_on_systems_other_than_linux_it_names_the_alternatives(): void
    {
        $this->app->bind(Program::class, static fn (Application $app): Program => new Program($app, $app->make('config'), $app->make(BinaryFinder::class), 'Darwin'));

        self::assertSame(126, $this->artisan('laraman start'));
        self::assertStringContainsString('Laraman runs on Linux. Elsewhere it runs in a container', $this->app->make(Kernel::class)->output());
    }

    public function test_the_program_is_looked_for_in_composers_bin_dir(): void
    {
        $folder = sys_get_temp_dir().'/laraman-finder-'.getmypid();
        mkdir("$folder/tools", recursive: true);

        try {
            self::assertSame("$folder/vendor/bin", (new BinaryFinder($folder))->folder());
            file_put_contents("$folder/composer.json", '{"config": {"bin-dir": "tools"}}');
            touch("$folder/tools/laraman");
            chmod("$folder/tools/laraman", 0755);
            self::assertSame("$folder/tools/laraman", (new BinaryFinder($folder))->find(null));
        } finally {
            exec('rm -r '.escapeshellarg($folder));
        }
    }

    public function test_each_action_is_a_command(): void
    {
        foreach (['start', 'stop', 'restart', 'reload', 'status', 'connections', 'logs'] as $action) {
            self::assertSame(0, $this->artisan("laraman:$action --pid-file x -g"));
            self::assertSame([$action, '--app', $this->app->basePath(), '--pid-file', 'x', '-g'], $this->launcher->arguments);
        }

        $this->app->make(Kernel::class)->call('list');
        self::assertStringContainsString('laraman:reload', $this->app->make(Kernel::class)->output());
    }

    public function test_from_code_it_may_be_called_with_an_array(): void
    {
        $this->app->make(Kernel::class)->call('laraman', ['action' => 'start', '--port' => 81, '--check-config' => true, '--pid-file' => 'a b']);
        self::assertSame(['start', '--app', $this->app->basePath(), '--port=81', '--check-config=1', '--pid-file=a b'], $this->launcher->arguments);
        $this->app->make(Kernel::class)->call('laraman:stop', ['--graceful' => true]);
        self::assertSame(['stop', '--app', $this->app->basePath(), '--graceful=1'], $this->launcher->arguments);
    }

    public function test_options_of_artisan_itself_are_not_passed_on(): void
    {
        $this->artisan('laraman start -n --no-interaction -v --env=staging --no-ansi --port 81');
        self::assertSame(['start', '--app', $this->app->basePath(), '--port', '81'], $this->launcher->arguments);
        self::assertSame('staging', $this->launcher->environment['APP_ENV'] ?? null);
        self::assertSame('1', $this->launcher->environment['NO_COLOR'] ?? null);
    }

    public function test_the_environment_may_be_the_next_word_and_options_may_come_before_the_action(): void
    {
        foreach (['laraman start --env staging --port 81', 'laraman --env staging -v start --port 81', 'laraman -n --env=staging start --port 81', 'laraman:start --port 81 --env staging'] as $line) {
            $this->artisan($line);
            self::assertSame(['start', '--app', $this->app->basePath(), '--port', '81'], $this->launcher->arguments, $line);
            self::assertSame('staging', $this->launcher->environment['APP_ENV'] ?? null, $line);
        }

        $this->artisan('laraman -v status');
        self::assertSame(['status', '--app', $this->app->basePath()], $this->launcher->arguments);
        $this->artisan('laraman logs -v -n 5');
        self::assertSame(['logs', '--app', $this->app->basePath(), '-n', '5'], $this->launcher->arguments);
    }

    public function test_a_process_that_has_more_to_do_does_not_become_the_program(): void
    {
        $before = $_SERVER['argv'] ?? null;

        try {
            foreach (['artisan queue:work' => false, 'artisan --no-ansi laraman:reload' => true, '/srv/artisan laraman:reload -g' => true] as $line => $becomes) {
                $_SERVER['argv'] = explode(' ', $line);
                $this->artisan('laraman:reload');
                self::assertSame($becomes, $this->launcher->becomes, $line);
            }
        } finally {
            $_SERVER['argv'] = $before;
        }
    }

    public function test_the_application_is_named_by_the_link_by_which_artisan_was_called(): void
    {
        $before = $_SERVER['argv'] ?? null;
        $link = sys_get_temp_dir().'/laraman-current-'.getmypid();
        symlink($this->app->basePath(), $link);

        try {
            foreach (["$link/artisan" => $link, "$link/./app/../artisan" => $link, '/elsewhere/artisan' => $this->app->basePath()] as $artisan => $path) {
                $_SERVER['argv'] = [$artisan, 'laraman'];
                $this->artisan('laraman stop');
                self::assertSame(['stop', '--app', $path], $this->launcher->arguments, $artisan);
            }
        } finally {
            $_SERVER['argv'] = $before;
            unlink($link);
        }
    }

    public function test_the_environment_is_the_one_from_before_dotenv(): void
    {
        putenv('FROM_DOTENV=secret');

        try {
            $this->artisan('laraman start');
        } finally {
            putenv('FROM_DOTENV');
        }

        self::assertArrayNotHasKey('FROM_DOTENV', $this->launcher->environment);
        self::assertSame(getenv('PATH'), $this->launcher->environment['PATH'] ?? null);
        self::assertSame(PHP_BINARY, $this->launcher->environment['LARAMAN_ARTISAN_PHP'] ?? null);
    }

    public function test_the_programs_exit_code_is_the_commands(): void
    {
        $this->launcher->exitCode = 3;

        self::assertSame(3, $this->artisan('laraman status'));
    }

    public function test_help_is_the_programs(): void
    {
        $help = sys_get_temp_dir().'/laraman-help-'.getmypid();
        file_put_contents($help, "#!/bin/sh\necho \"flags of \$*\"\n");
        chmod($help, 0755);
        config(['laraman.binary' => $help]);
        $before = $_SERVER['argv'] ?? null;

        try {
            foreach (['laraman:start' => 'flags of start --help', 'laraman' => 'flags of --help', 'laraman stop' => 'flags of stop --help'] as $command => $expected) {
                $output = new BufferedOutput;
                $_SERVER['argv'] = ['artisan', ...explode(' ', $command), '--help'];
                $this->app->make(Kernel::class)->handle(new ArgvInput($_SERVER['argv']), $output);
                self::assertStringContainsString($expected, $output->fetch());
            }
        } finally {
            $_SERVER['argv'] = $before;
            unlink($help);
        }
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

        foreach (['vendor/bin/laraman', 'path/laraman', 'named', 'dotenv'] as $file) {
            touch("$base/$file");
            chmod("$base/$file", 0755);
        }

        touch("$base/unusable");
        $path = getenv('PATH');
        putenv("PATH=$base/path");
        $finder = new BinaryFinder($base, "$base/dotenv");

        try {
            self::assertSame("$base/named", $finder->find("$base/named"));
            self::assertNull($finder->find("$base/unusable"));
            putenv("LARAMAN_BINARY=$base/named");
            self::assertSame("$base/named", $finder->find(null));
            putenv('LARAMAN_BINARY');
            self::assertSame("$base/dotenv", $finder->find(null));
            $finder = new BinaryFinder($base);
            self::assertSame("$base/vendor/bin/laraman", $finder->find(null));
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
}

final class RecordingLauncher extends Launcher
{
    public ?string $binary = null;

    /** @var list<string> */
    public array $arguments = [];

    /** @var array<string, string> */
    public array $environment = [];

    public int $exitCode = 0;

    public ?bool $becomes = null;

    public function run(string $binary, array $arguments, array $environment, bool $become = true): int
    {
        $this->becomes = $become;
        $this->binary = $binary;
        $this->arguments = $arguments;
        $this->environment = $environment;

        return $this->exitCode;
    }
}
