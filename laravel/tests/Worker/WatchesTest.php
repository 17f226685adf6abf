<?php

declare(strict_types=1);

namespace Laraman\Tests\Worker;

use Illuminate\Foundation\Application;
use Illuminate\Support\Facades\Event;
use InvalidArgumentException;
use Laraman\Events\WorkerStopping;
use Laraman\Facades\Laraman;
use Laraman\Native\CallbackJob;
use Laraman\Tests\TestCase;
use Laraman\Worker\Watches;
use Psr\Log\NullLogger;
use RuntimeException;

final class WatchesTest extends TestCase
{
    public function test_a_callback_gets_its_stream_each_time(): void
    {
        [$mine, $other] = $this->pair();
        $seen = [];
        $number = Laraman::onReadable($mine, static function ($stream) use (&$seen): void {
            $seen[] = fgets($stream);
        });
        fwrite($other, "one\n");
        $this->watch($number);
        fwrite($other, "two\n");
        $this->watch($number);

        self::assertSame(["one\n", "two\n"], $seen);
        self::assertArrayHasKey($number, $this->native->watches);
    }

    public function test_an_exception_is_reported_and_the_watch_stays(): void
    {
        $number = Laraman::every(1.0, static fn () => throw new RuntimeException('broken'));
        $this->watch($number);
        $this->watch($number);

        self::assertCount(2, $this->exceptions->reported);
        self::assertSame('broken', $this->exceptions->reported[0]->getMessage());
        self::assertArrayHasKey($number, $this->native->watches);
    }

    public function test_a_stream_at_its_end_is_closed_and_forgotten(): void
    {
        [$mine, $other] = $this->pair();
        $number = Laraman::onReadable($mine, static fn ($stream) => fread($stream, 100));
        fclose($other);
        $this->watch($number);

        self::assertFalse(is_resource($mine));
        self::assertSame([], $this->native->watches);
    }

    public function test_a_callback_may_close_its_stream(): void
    {
        [$mine] = $this->pair();
        $number = Laraman::onReadable($mine, static fn ($stream) => fclose($stream));
        $this->watch($number);

        self::assertSame([], $this->native->watches);
    }

    public function test_a_forgotten_watch_is_not_called(): void
    {
        $called = 0;
        $number = Laraman::every(1.0, static function () use (&$called): void {
            $called++;
        });
        Laraman::forget($number);
        Laraman::forget($number);
        $this->watch($number);

        self::assertSame(0, $called);
        self::assertSame([], $this->native->watches);
    }

    public function test_all_end_in_order_when_the_worker_leaves(): void
    {
        [$first, $second] = $this->pair();
        $order = [];
        Event::listen(WorkerStopping::class, static function () use (&$order, $first): void {
            $order[] = is_resource($first) ? 'stopping, still open' : 'closed already';
        });
        Laraman::onReadable($first, static fn () => null, static function ($stream) use (&$order): void {
            $order[] = is_resource($stream) ? 'first' : 'closed already';
        });
        Laraman::onReadable($second, static fn () => null, static function () use (&$order): void {
            $order[] = 'second';
        });
        $this->worker()->run();

        self::assertSame(['stopping, still open', 'second', 'first'], $order);
        self::assertFalse(is_resource($first));
        self::assertFalse(is_resource($second));
        self::assertSame([], $this->native->watches);
    }

    public function test_one_worker_alone_begins_and_another_follows_it(): void
    {
        $directory = sys_get_temp_dir().'/laraman-locks-'.getmypid();
        $begun = [];
        $first = new Watches($directory, new NullLogger);
        $second = new Watches($directory, new NullLogger);
        $first->inOneWorker('redis/1', static function () use (&$begun): void {
            $begun[] = 'first';
        });
        $second->inOneWorker('redis/1', static function () use (&$begun): void {
            $begun[] = 'second';
        });
        $number = (int) array_key_last($this->native->watches);
        $second->run($number);
        self::assertSame(['first'], $begun);

        $first->stop();
        $second->run($number);
        self::assertSame(['first', 'second'], $begun);
        self::assertSame([], $this->native->watches);
        unlink("$directory/redis%2F1.lock");
        rmdir($directory);
    }

    public function test_only_an_open_stream_can_be_watched(): void
    {
        $this->expectException(InvalidArgumentException::class);
        Laraman::onReadable('no stream', static fn () => null);
    }

    protected function configure(Application $app): void
    {
        $app->booted(static fn () => config()->set('app.name', 'as configured'));
    }

    private function watch(int $number): void
    {
        $this->worker()->handle(new CallbackJob($number));
    }

    /** @return array{resource, resource} */
    private function pair(): array
    {
        $pair = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
        self::assertIsArray($pair);

        return [$pair[0], $pair[1]];
    }
}
