<?php

declare(strict_types=1);

namespace Laraman\Tests\Gateway;

use Closure;
use Laraman\Contracts\Transport;
use Laraman\Gateway\Command;
use Laraman\Gateway\NetsvrClient;
use Laraman\Gateway\Outgoing;
use Laraman\Gateway\Target;
use Laraman\Gateway\TargetKind;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * The bytes were made with protoc from proto/netsvr.proto.
 */
final class NetsvrClientTest extends TestCase
{
    /** @return array<string, array{Closure(NetsvrClient): mixed, int, string}> */
    public static function commands(): array
    {
        $id = '7f00000142a66b04cfb73fd61e0b';

        return [
            'publish to channels, but one' => [
                static fn (NetsvrClient $c) => $c->deliver(new Target(TargetKind::Channel, ['room.1', 'room.2'], [$id]), Outgoing::text('hi')),
                Command::TOPIC_PUBLISH,
                '0a06726f6f6d2e310a06726f6f6d2e3212026869a00601aa061c37663030303030313432613636623034636662373366643631653062',
            ],
            'publish binary' => [
                static fn (NetsvrClient $c) => $c->deliver(new Target(TargetKind::Channel, ['茶']), Outgoing::binary("\x00\xff")),
                Command::TOPIC_PUBLISH, '0a03e88cb6120200ffa00602',
            ],
            'to all but two' => [
                static fn (NetsvrClient $c) => $c->deliver(new Target(TargetKind::All, [], ['a', 'b']), Outgoing::text('hi')),
                Command::BROADCAST, '0a026869a00601aa060161aa060162',
            ],
            'to users' => [
                static fn (NetsvrClient $c) => $c->deliver(new Target(TargetKind::User, ['5', 'admin:7'], ['a']), Outgoing::text('hi')),
                Command::MULTICAST_BY_CUSTOMER_ID, '0a01350a0761646d696e3a3712026869a00601aa060161',
            ],
            'to a connection' => [
                static fn (NetsvrClient $c) => $c->send('a', Outgoing::text('hi')), Command::SINGLE_CAST, '0a016112026869a00601',
            ],
            'to connections, but one' => [
                static fn (NetsvrClient $c) => $c->deliver(new Target(TargetKind::Connection, ['a', 'b', 'c'], ['b']), Outgoing::text('hi')),
                Command::MULTICAST, '0a01610a016312026869a00601',
            ],
            'an event' => [
                static fn (NetsvrClient $c) => $c->send('a', Outgoing::event('said', ['x' => 1])), Command::SINGLE_CAST, '0a016112077b2278223a317df2060473616964',
            ],
            'join' => [static fn (NetsvrClient $c) => $c->join('a', ['x', 'y']), Command::TOPIC_SUBSCRIBE, '0a0161120178120179'],
            'leave' => [static fn (NetsvrClient $c) => $c->leave('a', ['x']), Command::TOPIC_UNSUBSCRIBE, '0a0161120178'],
            'join of a channel' => [
                static fn (NetsvrClient $c) => $c->changeChannels(new Target(TargetKind::Channel, ['a'], ['c']), ['x'], ['y']), Command::CHANNELS_UPDATE, '1a01612a01633201783a0179',
            ],
            'join of all' => [
                static fn (NetsvrClient $c) => $c->changeChannels(new Target(TargetKind::All), ['x'], []), Command::CHANNELS_UPDATE, '2001320178',
            ],
            'session' => [static fn (NetsvrClient $c) => $c->setSession('a', 's'), Command::CONN_INFO_UPDATE, '0a01611a0173'],
            'no session' => [static fn (NetsvrClient $c) => $c->setSession('a', ''), Command::CONN_INFO_DELETE, '0a01611001'],
            'user' => [static fn (NetsvrClient $c) => $c->setUser('a', '5'), Command::CONN_INFO_UPDATE, '0a0161220135'],
            'no user' => [static fn (NetsvrClient $c) => $c->setUser('a', ''), Command::CONN_INFO_DELETE, '0a01611801'],
            'close connections' => [
                static fn (NetsvrClient $c) => $c->disconnect(new Target(TargetKind::Connection, ['a', 'b']), 4001, 'enough'),
                Command::FORCE_OFFLINE, '0a01610a0162a806a11fb20606656e6f756768',
            ],
            'close a user' => [
                static fn (NetsvrClient $c) => $c->disconnect(new Target(TargetKind::User, ['5']), 1000, ''),
                Command::FORCE_OFFLINE_BY_CUSTOMER_ID, '0a0135a806e807',
            ],
            'close a user, but for some connections' => [
                static fn (NetsvrClient $c) => $c->disconnect(new Target(TargetKind::User, ['5'], ['a', 'b']), 1000, '', 'c'),
                Command::FORCE_OFFLINE_BY_CUSTOMER_ID, '0a0135a806e807c2060161c2060162ca060163',
            ],
        ];
    }

    /** @param  Closure(NetsvrClient): mixed  $do */
    #[DataProvider('commands')]
    public function test_commands(Closure $do, int $id, string $hex): void
    {
        $transport = $this->transport();
        $do(new NetsvrClient($transport));

        self::assertSame([[$id, $hex]], $transport->sent);
    }

    /** @return array<string, array{Closure(NetsvrClient): mixed, int, string, string, mixed}> */
    public static function queries(): array
    {
        return [
            'connections online' => [
                static fn (NetsvrClient $c) => $c->connections(new Target(TargetKind::Connection, ['a', 'b'])),
                Command::CHECK_ONLINE, '0a01610a0162', '0a0162', ['b'],
            ],
            'all connections' => [
                static fn (NetsvrClient $c) => $c->connections(new Target(TargetKind::All, [], ['a'])),
                Command::UNIQ_ID_LIST, '', '0a01610a0162', ['b'],
            ],
            'how many' => [
                static fn (NetsvrClient $c) => $c->count(new Target(TargetKind::All)), Command::UNIQ_ID_COUNT, '', '08ac02', 300,
            ],
            'connections of channels, each once' => [
                static fn (NetsvrClient $c) => $c->connections(new Target(TargetKind::Channel, ['x', 'y'])),
                Command::TOPIC_UNIQ_ID_LIST, '0a01780a0179', '120b0a017812060a01610a0162120b0a017912060a01620a0163', ['a', 'b', 'c'],
            ],
            'how many in a channel' => [
                static fn (NetsvrClient $c) => $c->count(new Target(TargetKind::Channel, ['x'])),
                Command::TOPIC_UNIQ_ID_COUNT, '0a0178', '0a050a01781002', 2,
            ],
            'how many in an empty channel' => [
                static fn (NetsvrClient $c) => $c->count(new Target(TargetKind::Channel, ['x'])), Command::TOPIC_UNIQ_ID_COUNT, '0a0178', '', 0,
            ],
            'how many in channels, but one' => [
                static fn (NetsvrClient $c) => $c->count(new Target(TargetKind::Channel, ['x', 'y'], ['c'])),
                Command::TOPIC_UNIQ_ID_LIST, '0a01780a0179', '120b0a017812060a01610a0162120b0a017912060a01620a0163', 2,
            ],
            'users of channels' => [
                static fn (NetsvrClient $c) => $c->users(new Target(TargetKind::Channel, ['x', 'y'])),
                Command::TOPIC_CUSTOMER_ID_LIST, '0a01780a0179', '0a0b0a017812060a01350a01360a080a017912030a0136', ['5', '6'],
            ],
            'connections of a user' => [
                static fn (NetsvrClient $c) => $c->connections(new Target(TargetKind::User, ['5'])),
                Command::CONN_INFO_BY_CUSTOMER_ID, '0a01351801', '0a120a0135120d0a031201610a060a0173120162', ['a', 'b'],
            ],
            'all users' => [
                static fn (NetsvrClient $c) => $c->users(new Target(TargetKind::All)), Command::CUSTOMER_ID_LIST, '', '0a0135', ['5'],
            ],
            'channels' => [static fn (NetsvrClient $c) => $c->channels(), Command::TOPIC_LIST, '', '0a01780a0179', ['x', 'y']],
        ];
    }

    /** @param  Closure(NetsvrClient): mixed  $do */
    #[DataProvider('queries')]
    public function test_queries(Closure $do, int $id, string $hex, string $reply, mixed $expected): void
    {
        $transport = $this->transport([$id => $reply]);

        self::assertSame($expected, $do(new NetsvrClient($transport)));
        self::assertSame([[$id, $hex]], $transport->sent);
    }

    public function test_users_of_connections(): void
    {
        $transport = $this->transport([Command::CHECK_ONLINE => '0a01610a0162', Command::CONN_INFO => '0a080a016112031201350a050a01621200']);

        self::assertSame(['5'], (new NetsvrClient($transport))->users(new Target(TargetKind::Connection, ['a', 'b'])));
        self::assertSame([Command::CONN_INFO, '0a01610a01621801'], $transport->sent[1]);
    }

    public function test_closing_a_channel_queries_its_connections(): void
    {
        $transport = $this->transport([Command::TOPIC_UNIQ_ID_LIST => '120b0a017812060a01610a0162120b0a017912060a01620a0163']);
        (new NetsvrClient($transport))->disconnect(new Target(TargetKind::Channel, ['x', 'y'], ['c']), 4001, 'enough');

        self::assertSame([Command::FORCE_OFFLINE, '0a01610a0162a806a11fb20606656e6f756768'], $transport->sent[1]);
    }

    public function test_empty_targets_send_nothing(): void
    {
        $transport = $this->transport();
        $client = new NetsvrClient($transport);

        foreach ([TargetKind::Channel, TargetKind::User, TargetKind::Connection] as $kind) {
            $client->deliver(new Target($kind), Outgoing::text('hi'));
            $client->disconnect(new Target($kind), 1000, '');
            self::assertSame([], $client->connections(new Target($kind)));
            self::assertSame([], $client->users(new Target($kind)));
            self::assertSame(0, $client->count(new Target($kind)));
        }

        $client->join('a', []);
        $client->leave('a', []);
        $client->deliver(new Target(TargetKind::Connection, ['a'], ['a']), Outgoing::text('hi'));

        self::assertSame([], $transport->sent);
    }

    /** @param  array<int, string>  $replies hex by command id */
    private function transport(array $replies = []): RecordingTransport
    {
        return new RecordingTransport($replies);
    }
}

final class RecordingTransport implements Transport
{
    /** @var list<array{int, string}> */
    public array $sent = [];

    /** @param  array<int, string>  $replies */
    public function __construct(private readonly array $replies)
    {
    }

    public function command(int $id, string $message): void
    {
        $this->sent[] = [$id, bin2hex($message)];
    }

    public function query(int $id, string $message = ''): string
    {
        $this->sent[] = [$id, bin2hex($message)];

        return (string) hex2bin($this->replies[$id] ?? '');
    }
}
