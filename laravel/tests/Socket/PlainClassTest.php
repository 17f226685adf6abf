<?php

declare(strict_types=1);

namespace Laraman\Tests\Socket;

use Illuminate\Container\Container;
use Laraman\Socket\PlainClass;
use Laraman\SocketHandler;
use Laraman\Tests\App\CountMessages;
use Laraman\Tests\App\Sockets\ChatSocket;
use Laraman\Worker\Worker;
use PHPUnit\Framework\TestCase;

final class PlainClassTest extends TestCase
{
    public function test_a_class_that_new_can_create(): void
    {
        $container = new Container;

        self::assertTrue(PlainClass::is($container, ChatSocket::class));
        self::assertTrue(PlainClass::is($container, CountMessages::class));
    }

    public function test_a_class_that_only_the_container_can_make(): void
    {
        $container = new Container;

        self::assertFalse(PlainClass::is($container, Worker::class), 'takes something');
        self::assertFalse(PlainClass::is($container, SocketHandler::class), 'abstract');
        self::assertFalse(PlainClass::is($container, 'throttle:60,1'), 'no class');
        $container->bind(ChatSocket::class, static fn () => new ChatSocket);
        self::assertFalse(PlainClass::is($container, ChatSocket::class), 'bound');
    }

    public function test_a_class_with_resolving_callbacks(): void
    {
        foreach (['beforeResolving', 'resolving', 'afterResolving'] as $method) {
            $container = new Container;
            $container->{$method}(SocketHandler::class, static fn () => null);
            self::assertFalse(PlainClass::is($container, ChatSocket::class), $method);
            self::assertTrue(PlainClass::is($container, CountMessages::class), $method);
            $container->{$method}(static fn () => null);
            self::assertFalse(PlainClass::is($container, CountMessages::class), "$method, global");
        }
    }
}
