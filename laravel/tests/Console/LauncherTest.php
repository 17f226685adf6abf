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
        return ['by exec' => [[]], 'without pcntl_exec' => [['-d', 'disable_functions=pcntl_exec']]];
    }

    /** @param  list<string>  $options */
    #[DataProvider('ways')]
    public function test_the_program_has_the_terminal_and_its_exit_code_is_ours(array $options): void
    {
        [$output, $code] = $this->php([...$options, '-r', $this->launch('/bin/sh', ['-c', 'echo "$1 $GIVEN $TYPED"; exit 7', 'x', 'a b'], ['GIVEN' => 'yes'])]);

        self::assertSame("a b yes \n", $output);
        self::assertSame(7, $code);
    }

    /** @param  list<string>  $options */
    #[DataProvider('ways')]
    public function test_the_program_gets_the_signals(array $options): void
    {
        $script = 'trap "echo hup" HUP; trap "echo term; exit 5" TERM; echo ready; while :; do sleep 0.05; done';
        $process = proc_open([PHP_BINARY, ...$options, '-r', $this->launch('/bin/sh', ['-c', $script], ['PATH' => (string) getenv('PATH')])], [['file', '/dev/null', 'r'], ['pipe', 'w']], $pipes);
        self::assertIsResource($process);
        self::assertSame("ready\n", fgets($pipes[1]));
        proc_terminate($process, SIGHUP);
        self::assertSame("hup\n", fgets($pipes[1]));
        proc_terminate($process, SIGTERM);
        self::assertSame("term\n", fgets($pipes[1]));

        self::assertSame(5, proc_close($process));
    }

    public function test_without_pcntl_the_program_gets_the_process_to_end_with(): void
    {
        [$output] = $this->php(['-d', 'disable_functions=pcntl_exec,pcntl_signal', '-r', $this->launch('/bin/sh', ['-c', '[ "$LARAMAN_PARENT" = "$PPID" ] && echo same'], [])]);

        self::assertSame("same\n", $output);
    }

    public function test_a_process_that_has_more_to_do_goes_on_with_its_own_signal_handlers(): void
    {
        $code = 'require '.var_export(dirname(__DIR__, 2).'/vendor/autoload.php', true).'; pcntl_async_signals(true); pcntl_signal(SIGTERM, function () { echo "mine"; });'
            .'$code = (new Laraman\Console\Launcher)->run("/bin/sh", ["-c", "exit 7"], [], false); posix_kill(getmypid(), SIGTERM); echo $code;';
        [$output] = $this->php(['-r', $code]);

        self::assertSame('mine7', $output);
    }

    public function test_a_program_that_does_not_start(): void
    {
        self::assertSame(126, $this->php(['-r', $this->launch('/nonexistent/laraman', [], [])])[1]);
    }

    /**
     * @param  list<string>  $arguments
     * @param  array<string, string>  $environment
     */
    private function launch(string $binary, array $arguments, array $environment): string
    {
        return 'require '.var_export(dirname(__DIR__, 2).'/vendor/autoload.php', true).';'
            .'putenv("TYPED=by Dotenv"); exit((new Laraman\Console\Launcher)->run('.var_export($binary, true).', '.var_export($arguments, true).', '.var_export($environment, true).'));';
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
