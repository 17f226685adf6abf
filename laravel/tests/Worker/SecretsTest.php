<?php

declare(strict_types=1);

namespace Laraman\Tests\Worker;

use Illuminate\Contracts\Config\Repository;
use Laraman\Tests\TestCase;
use Laraman\Worker\Secrets;

final class SecretsTest extends TestCase
{
    public function test_secrets_leave_the_environment_and_the_configuration_and_nothing_else_does(): void
    {
        foreach (['LARAMAN_NETSVR_SECRET' => 'sesame', 'LARAMAN_PORT' => '9000'] as $name => $value) {
            $_ENV[$name] = $_SERVER[$name] = $value;
            putenv("$name=$value");
        }

        config(['laraman.gateway.secret' => 'sesame', 'laraman.server.netsvr_secret' => 'sesame']);
        Secrets::forget($this->app->make(Repository::class));

        self::assertArrayNotHasKey('LARAMAN_NETSVR_SECRET', $_ENV);
        self::assertArrayNotHasKey('LARAMAN_NETSVR_SECRET', $_SERVER);
        self::assertFalse(getenv('LARAMAN_NETSVR_SECRET'));
        self::assertStringNotContainsString('sesame', serialize(config('laraman')));
        self::assertSame('9000', $_SERVER['LARAMAN_PORT']);
        unset($_ENV['LARAMAN_PORT'], $_SERVER['LARAMAN_PORT']);
        putenv('LARAMAN_PORT');
    }
}
