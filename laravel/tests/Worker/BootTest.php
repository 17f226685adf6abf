<?php

declare(strict_types=1);

namespace Laraman\Tests\Worker;

use Closure;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * bin/worker.php in a separate process.
 */
final class BootTest extends TestCase
{
    private string $base;

    protected function setUp(): void
    {
        $this->base = sys_get_temp_dir().'/laraman-boot-'.getmypid();
        mkdir("$this->base/vendor", recursive: true);
        mkdir("$this->base/bootstrap/cache", recursive: true);
        mkdir("$this->base/storage/framework/views", recursive: true);
        file_put_contents("$this->base/vendor/autoload.php", '<?php require '.var_export(dirname(__DIR__, 2).'/vendor/autoload.php', true).';'
            .'Laraman\Tests\Support\FakeNative::$current = new Laraman\Tests\Support\FakeNative;');
        file_put_contents("$this->base/bootstrap/app.php", '<?php return Illuminate\Foundation\Application::configure('
            .'basePath: '.var_export($this->base, true).')->withProviders([Laraman\LaramanServiceProvider::class], false)'
            .'->withRouting(web: '.var_export("$this->base/web.php", true).')->create();');
        file_put_contents("$this->base/web.php", '<?php ');
    }

    protected function tearDown(): void
    {
        exec('rm -r '.escapeshellarg($this->base));
    }

    public function test_it_boots_works_and_leaves(): void
    {
        self::assertSame([0, ''], $this->worker());
    }

    /** @return array<string, array{Closure(string): mixed, string}> */
    public static function faults(): array
    {
        return [
            'an exception while booting' => [
                static fn (string $base) => file_put_contents("$base/web.php", '<?php throw new RuntimeException("no database");'),
                'Uncaught RuntimeException: no database',
            ],
            'a syntax error' => [
                static fn (string $base) => file_put_contents("$base/web.php", '<?php $a = ;'),
                'syntax error, unexpected token ";"',
            ],
            'a fatal error' => [
                static fn (string $base) => file_put_contents("$base/web.php", '<?php class A extends Missing {}'),
                'Class "Missing" not found',
            ],
            'no application' => [
                static fn (string $base) => file_put_contents("$base/bootstrap/app.php", '<?php return 1;'),
                'does not return the application',
            ],
            'nothing installed' => [
                static fn (string $base) => unlink("$base/vendor/autoload.php"),
                'run composer install in',
            ],
        ];
    }

    /** @param  Closure(string): mixed  $break */
    #[DataProvider('faults')]
    public function test_a_boot_failure_is_printed_by_php_and_the_exit_code_tells(Closure $break, string $message): void
    {
        $break($this->base);
        [$code, $output] = $this->worker();

        self::assertSame(255, $code);
        self::assertStringContainsString($message, $output);
        self::assertStringNotContainsString('<html', $output);
    }

    /** @return array{int, string} */
    private function worker(): array
    {
        $process = proc_open(
            [PHP_BINARY, '-d', 'log_errors=1', '-d', 'error_log=/dev/stdout', dirname(__DIR__, 2).'/bin/worker.php'],
            [['file', '/dev/null', 'r'], ['pipe', 'w'], ['redirect', 1]],
            $pipes,
            null,
            [...getenv(), 'LARAMAN_APP' => $this->base, 'APP_ENV' => 'production'],
        );
        self::assertIsResource($process);
        $output = (string) stream_get_contents($pipes[1]);

        return [proc_close($process), $output];
    }
}
