<?php

declare(strict_types=1);

namespace Laraman\Tests\Console;

use Illuminate\Contracts\Console\Kernel;
use Laraman\Tests\TestCase;

/**
 * The test application as artisan boots it.
 */
abstract class ConsoleTestCase extends TestCase
{
    protected function setUp(): void
    {
        self::inConsole('true');

        parent::setUp();
    }

    protected function tearDown(): void
    {
        self::inConsole('false');

        parent::tearDown();
    }

    protected function artisan(string $command): int
    {
        return $this->app->make(Kernel::class)->call($command);
    }

    private static function inConsole(string $is): void
    {
        putenv("APP_RUNNING_IN_CONSOLE=$is");
        $_ENV['APP_RUNNING_IN_CONSOLE'] = $_SERVER['APP_RUNNING_IN_CONSOLE'] = $is;
    }
}
