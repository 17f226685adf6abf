<?php

declare(strict_types=1);

namespace Laraman\Tests\Worker;

use Closure;
use Illuminate\Foundation\Http\HtmlDumper;
use Laraman\Connection;
use Laraman\Tests\App\Sockets\ProbeSocket;
use Laraman\Tests\TestCase;
use Laraman\Worker\Worker;
use PHPUnit\Framework\Attributes\DataProvider;
use Symfony\Component\VarDumper\VarDumper;

/** The output of a socket handler goes to the server's log, never to its client. */
final class HandlerOutputTest extends TestCase
{
    private string $log;

    private string|false $before;

    protected function setUp(): void
    {
        parent::setUp();

        $this->log = (string) tempnam(sys_get_temp_dir(), 'laraman-log');
        $this->before = ini_get('error_log');
        HtmlDumper::register($this->app->basePath(), $this->app->storagePath('framework/views'));  // as under this program
    }

    protected function tearDown(): void
    {
        ini_set('error_log', (string) $this->before);
        unlink($this->log);
        VarDumper::setHandler(null);

        parent::tearDown();
    }

    /** @return array<string, array{Closure(): mixed, string}> */
    public static function outputs(): array
    {
        return [
            'echo' => [static function (): void {
                echo "one\ntwo\n";
            }, 'two'],
            'in a buffer of its own' => [static function (): void {
                ob_start();
                echo 'buffered';
            }, 'buffered'],
            'a dump' => [static function (): void {
                dump(['seen' => '<b>']);
            }, '"seen" => "<b>"'],
        ];
    }

    /** @param  Closure(): mixed  $print */
    #[DataProvider('outputs')]
    public function test_output_in_open_does_not_change_the_answer_and_is_logged(Closure $print, string $line): void
    {
        ProbeSocket::$probe = static function (Connection $connection) use ($print): void {
            $connection->raw('hello');
            $print();
        };
        $answer = $this->handshake('/probe/x');

        self::assertSame("OPEN\r\nTEXT 7\r\nm:hello\r\n", $answer['body']);
        self::assertSame(['application/websocket-events'], $answer['headers']['Content-Type']);
        $this->assertLogged('handler=open connection='.self::ID.' path=/probe/x', $line);
    }

    public function test_output_in_a_refused_handshake_does_not_change_the_response(): void
    {
        ProbeSocket::$probe = static function (): mixed {
            echo 'printed';

            return response('no', 403);
        };
        $answer = $this->handshake('/probe/x');

        self::assertSame([403, 'no'], [$answer['status'], $answer['body']]);
        $this->assertLogged('handler=open', 'printed');
    }

    /** @param  Closure(): mixed  $print */
    #[DataProvider('outputs')]
    public function test_output_of_an_event_is_logged_as_plain_text(Closure $print, string $line): void
    {
        ProbeSocket::$probe = static fn () => $print();
        $this->expectOutputString('');
        $this->event('message', ['r' => '/probe/{what}', 'p' => ['what' => 'x']]);

        self::assertSame([], $this->exceptions->reported);
        $this->assertLogged('handler=message connection='.self::ID.' path=/somewhere', $line);
    }

    public function test_output_before_an_exception_is_logged_too(): void
    {
        ProbeSocket::$probe = static function (): void {
            echo 'so far';

            throw new \RuntimeException('broken');
        };
        $this->event('close', ['r' => '/probe/{what}', 'p' => ['what' => 'x']]);

        $this->assertLogged('handler=close', 'so far');
    }

    public function test_output_cannot_forge_the_log_or_command_a_terminal_and_has_a_bound(): void
    {
        ProbeSocket::$probe = static function (): void {
            echo "a\x1b[2Jb\xc2\x9bc\u{2028}d\xff\re\t";
            echo str_repeat("\nx", 1000), str_repeat('y', 10_000);
        };
        $this->event('message', ['r' => '/probe/{what}', 'p' => ['what' => 'x']]);
        $lines = $this->lines();

        self::assertStringEndsWith(': a\u{1b}[2Jb\u{9b}c\u{2028}d?\u{d}e'."\t", $lines[0]);
        self::assertCount(201, $lines);
        self::assertStringEndsWith('(801 more lines)', $lines[200]);
    }

    public function test_a_page_dumps_html_as_ever(): void
    {
        ProbeSocket::$probe = static fn () => dump('x');
        $this->event('message', ['r' => '/probe/{what}', 'p' => ['what' => 'x']]);
        ob_start();
        dump('x');

        self::assertStringContainsString('<pre', (string) ob_get_clean());
    }

    public function test_a_dump_server_of_the_applications_own_is_left_alone(): void
    {
        $seen = [];
        VarDumper::setHandler(static function (mixed $value) use (&$seen): void {
            $seen[] = $value;
        });
        ProbeSocket::$probe = static fn () => dump('x');
        $this->event('message', ['r' => '/probe/{what}', 'p' => ['what' => 'x']]);

        self::assertSame(['x'], $seen);
        self::assertSame([''], $this->lines());
    }

    public function test_a_dump_goes_to_a_dump_server_that_listens_but_not_from_the_developers_terminal(): void
    {
        $server = stream_socket_server('tcp://127.0.0.1:0');
        self::assertIsResource($server);
        putenv('VAR_DUMPER_SERVER=tcp://'.stream_socket_get_name($server, false));
        config(['app.debug' => true]);
        ProbeSocket::$probe = static fn () => dump('for the server');

        try {
            $this->event('message', ['r' => '/probe/{what}', 'p' => ['what' => 'x']]);
            self::assertSame([''], $this->lines());
            $received = (string) fgets(stream_socket_accept($server, 1) ?: self::fail('No dump has come.'));
            self::assertStringContainsString('for the server', (string) base64_decode($received, true));

            putenv('LARAMAN_TERMINAL=plain');
            $this->event('message', ['r' => '/probe/{what}', 'p' => ['what' => 'x']]);
            $this->assertLogged('handler=message', 'for the server');
        } finally {
            putenv('VAR_DUMPER_SERVER');
            putenv('LARAMAN_TERMINAL');
        }
    }

    /** Between setUp() and a test, PHPUnit 12.5 sets its own file. */
    protected function worker(): Worker
    {
        ini_set('error_log', $this->log);

        return parent::worker();
    }

    private function assertLogged(string $of, string $line): void
    {
        $logged = implode("\n", $this->lines());

        self::assertStringContainsString("output $of", $logged);
        self::assertStringContainsString($line, $logged);
        self::assertStringNotContainsString('<pre', $logged);
    }

    /** @return list<string> */
    private function lines(): array
    {
        return explode("\n", rtrim((string) file_get_contents($this->log), "\n"));
    }
}
