<?php

declare(strict_types=1);

namespace Laraman\Tests\NetBus;

use Illuminate\Foundation\Application;
use InvalidArgumentException;
use Laraman\Exceptions\GatewayUnavailable;
use Laraman\Facades\NetBus;
use Laraman\Gateway\Command;
use Laraman\Gateway\Protobuf;
use Laraman\NetBus\Business;
use Laraman\NetBus\ConnClose;
use Laraman\NetBus\ConnOpen;
use Laraman\NetBus\GatewayList;
use Laraman\NetBus\Transfer;
use Laraman\Tests\TestCase;

final class NetBusTest extends TestCase
{
    private const FIRST = '7f00000117ae000000000001'.'0001';

    private const SECOND = '7f00000117af000000000001'.'0001';

    protected function configure(Application $app): void
    {
        $app->booting(static fn () => config()->set('laraman.gateways', [
            'handler' => self::class,
            'timeout' => 2,
            ['worker' => '127.0.0.1:6061', 'task' => '127.0.0.1:6062', 'events' => ['message']],
            ['worker' => '127.0.0.1:6071', 'task' => '127.0.0.1:6063', 'timeout' => 3],
        ]));
    }

    public function test_a_worker_connects_to_every_gateway_with_its_settings(): void
    {
        $this->app->make(Business::class)->register();
        [$first, $second] = $this->native->gateways;

        self::assertSame(['127.0.0.1:6061', '127.0.0.1:6062', '7f00000117ae', 4, 2.0], [$first['worker'], $first['task'], $first['id'], $first['events'], $first['timeout']]);
        self::assertSame([7, 3.0, '~6YOt5rW35piO~'], [$second['events'], $second['timeout'], $second['heartbeat']]);
    }

    public function test_commands_go_to_the_gateway_of_the_connection_with_their_messages(): void
    {
        NetBus::singleCastBulk(['uniqIds' => [self::SECOND, self::FIRST, self::SECOND], 'data' => ['a', 'b', 'c']]);

        self::assertSame([
            ['gateway' => 2, 'id' => Command::SINGLE_CAST_BULK, 'message' => Protobuf::repeated(1, [self::SECOND, self::SECOND]).Protobuf::repeated(2, ['a', 'c'])],
            ['gateway' => 1, 'id' => Command::SINGLE_CAST_BULK, 'message' => Protobuf::repeated(1, [self::FIRST]).Protobuf::repeated(2, ['b'])],
        ], $this->native->toGateways);
    }

    public function test_an_id_of_no_gateway_is_left_out(): void
    {
        NetBus::singleCast(str_repeat('0', 28), 'lost');
        NetBus::multicast([str_repeat('0', 28)], 'lost');

        self::assertSame([], $this->native->toGateways);
        self::assertSame([], NetBus::checkOnline(str_repeat('0', 28)));
    }

    public function test_an_unreachable_gateway_does_not_keep_commands_from_the_others(): void
    {
        $this->native->lostGateways = [1];

        try {
            NetBus::broadcast('to all');
            self::fail('It did not say that one gateway is away.');
        } catch (GatewayUnavailable) {
            self::assertSame([2], array_column($this->native->toGateways, 'gateway'));
        }
    }

    public function test_answers_name_the_gateway(): void
    {
        $this->native->gatewayReplies = [
            1 => [Command::CUSTOMER_ID_COUNT => Protobuf::integer(1, 5)],
            2 => [Command::CUSTOMER_ID_COUNT => ''],
        ];

        self::assertSame(
            [['workerAddr' => '127.0.0.1:6061', 'count' => 5], ['workerAddr' => '127.0.0.1:6071', 'count' => 0]],
            NetBus::customerIdCount(),
        );
    }

    public function test_messages_of_the_gateway_have_protobufs_json(): void
    {
        self::assertSame('{"uniqId":"01","rawQuery":"a=/b","xForwardedFor":"192.0.2.1"}', (new ConnOpen('01', 'a=/b', '192.0.2.1'))->serializeToJsonString());
        self::assertSame('{"uniqId":"01","topics":["é"],"data":"AP8="}', (new Transfer('01', topics: ['é'], data: "\x00\xFF"))->serializeToJsonString());
        self::assertSame('{}', (new ConnClose(''))->serializeToJsonString());
    }

    public function test_invalid_settings_are_reported(): void
    {
        self::assertSame('127.0.0.1:6061', (new GatewayList(['127.0.0.1:6061']))->gateways[0]['task']);
        $this->expectExceptionMessage('unknown setting [hartbeat]');
        $this->expectException(InvalidArgumentException::class);
        new GatewayList(['hartbeat' => 'x', '127.0.0.1:6061']);
    }
}
