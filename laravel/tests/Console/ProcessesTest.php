<?php

declare(strict_types=1);

namespace Laraman\Tests\Console;

use Illuminate\Contracts\Console\Kernel;
use Illuminate\Contracts\Events\Dispatcher;
use Illuminate\Contracts\Foundation\Application;
use InvalidArgumentException;
use Laraman\Events\LaramanStarting;
use Laraman\Tests\TestCase;
use PHPUnit\Framework\Attributes\DataProvider;
use Symfony\Component\Console\Output\BufferedOutput;

final class ProcessesTest extends TestCase
{
    /** @var list<string> */
    private array $called = [];

    protected function setUp(): void
    {
        parent::setUp();

        $events = $this->app->make(Dispatcher::class);
        $events->listen(LaramanStarting::EVENT_LARAMAN_STARTING, function (string $payload): void {
            $this->called[] = $payload;
        });
        $events->listen(function (LaramanStarting $event): void {
            $event->command('queue', 'php artisan queue:work', count: 2);
            $event->command('listed', ['php', 'artisan', 'about']);
            $event->process('prices', function (Application $app): void {
                $this->called[] = $app->basePath();
            });
        });
    }

    public function test_lists_the_processes_of_the_listeners(): void
    {
        self::assertSame([
            ['name' => 'queue', 'command' => ['/bin/sh', '-c', 'exec php artisan queue:work'], 'count' => 2],
            ['name' => 'listed', 'command' => ['php', 'artisan', 'about'], 'count' => 1],
            ['name' => 'prices', 'command' => [PHP_BINARY, 'artisan', 'laraman:process', 'prices'], 'count' => 1],
        ], json_decode($this->artisan('laraman:processes'), true));
        self::assertSame([], $this->called);
    }

    public function test_dispatches_the_string_event_when_the_server_starts(): void
    {
        $this->artisan('laraman:processes', ['--starting' => true]);

        self::assertSame(['EVENT_LARAMAN_STARTING'], $this->called);
    }

    public function test_calls_the_closure_of_that_name(): void
    {
        $this->artisan('laraman:process', ['name' => 'prices']);

        self::assertSame([$this->app->basePath()], $this->called);
    }

    public function test_names_the_closures_if_there_is_none_of_that_name(): void
    {
        self::assertStringContainsString('The names are: prices.', $this->artisan('laraman:process', ['name' => 'queue'], 1));
    }

    /** @return iterable<string, array{string, int}> */
    public static function impossible(): iterable
    {
        yield 'no name' => ['', 1];
        yield 'a name with a space' => ['a b', 1];
        yield 'the name of a part of the server' => ['gateway', 1];
        yield 'a name that is taken' => ['taken', 1];
        yield 'none' => ['none', 0];
        yield 'too many' => ['many', 65];
    }

    #[DataProvider('impossible')]
    public function test_refuses_invalid_processes(string $name, int $count): void
    {
        $event = new LaramanStarting;
        $event->command('taken', 'true');

        $this->expectException(InvalidArgumentException::class);
        $event->process($name, static fn () => null, $count);
    }

    /** @param  array<string, mixed>  $arguments */
    private function artisan(string $command, array $arguments = [], int $code = 0): string
    {
        $output = new BufferedOutput;
        self::assertSame($code, $this->app->make(Kernel::class)->call($command, $arguments, $output));

        return $output->fetch();
    }
}
