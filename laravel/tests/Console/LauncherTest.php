<?php

declare(strict_types=1);

namespace Laraman\Tests\Console;

use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

final class LauncherTest extends TestCase
{
    /** @return array<string, array{list<string>}> */
    public static function ways(): array
    {
        return ['by exec' => [[]], 'without pcntl' => [['-d', 'disable_functions=pcntl_exec']]];
    }

    /** @param  list<string>  $options */
    #[DataProvider('ways')]
    public function test_the_program_has_the_terminal_and_its_exit_code_is_ours(array $options): void
    {
        [$output, $code] = $this->php([...$options, '-r', $this->launch('/bin/sh', ['-c', 'echo "$1"; exit 7', 'x', 'a b'])]);

        self::assertSame("a b\n", $output);
        self::assertSame(7, $code);
    }

    public function test_a_program_that_does_not_start(): void
    {
        self::assertSame(126, $this->php(['-r', $this->launch('/nonexistent/laraman', [])])[1]);
    }

    /** @param  list<string>  $arguments */
    private function launch(string $binary, array $arguments): string
    {
        return 'require '.var_export(dirname(__DIR__, 2).'/vendor/autoload.php', true).';'
            .'exit((new Laraman\Console\Launcher)->run('.var_export($binary, true).', '.var_export($arguments, true).'));';
    }

    /**
     * @param  list<string>  $arguments
     * @return array{string, int}
     */
    private function php(array $arguments): array
    {
        $process = proc_open([PHP_BINARY, ...$arguments], [['file', '/dev/null', 'r'], ['pipe', 'w'], ['file', '/dev/null', 'w']], $pipes);
        self::assertIsResource($process);
        $output = (string) stream_get_contents($pipes[1]);

        return [$output, proc_close($process)];
    }
}
