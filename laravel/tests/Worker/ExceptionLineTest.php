<?php

declare(strict_types=1);

namespace Laraman\Tests\Worker;

use Illuminate\Contracts\Debug\ExceptionHandler;
use Illuminate\Foundation\Exceptions\Handler;
use Laraman\Tests\TestCase;
use Laraman\Worker\ExceptionLine;
use LogicException;
use RuntimeException;

final class ExceptionLineTest extends TestCase
{
    public function test_it_has_class_message_file_and_line(): void
    {
        $line = __LINE__ + 1;
        $e = new RuntimeException("first\nsecond");

        self::assertSame("RuntimeException: first  tests/Worker/ExceptionLineTest.php:$line", ExceptionLine::of($e, dirname(__DIR__, 2).'/'));
        self::assertSame('RuntimeException: first  '.__FILE__.":$line", ExceptionLine::of($e, '/elsewhere/'));
        self::assertStringStartsWith('LogicException: (no message)  ', ExceptionLine::of(new LogicException, ''));
    }

    public function test_each_reported_exception_has_one(): void
    {
        $log = (string) tempnam(sys_get_temp_dir(), 'laraman-log');
        $before = ini_set('error_log', $log);
        $handler = new Handler($this->app);
        $this->app->instance(ExceptionHandler::class, $handler);

        try {
            ExceptionLine::printEach($this->app, $handler);
            $handler->report(new RuntimeException('broken'));
            $logged = (string) file_get_contents($log);
        } finally {
            ini_set('error_log', (string) $before);
            unlink($log);
        }

        self::assertMatchesRegularExpression('/RuntimeException: broken  .*ExceptionLineTest\.php:\d+\n$/', $logged);
    }
}
