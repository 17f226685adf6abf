<?php

declare(strict_types=1);

namespace Laraman\Tests\Gateway;

use InvalidArgumentException;
use Laraman\Exceptions\GatewayUnavailable;
use Laraman\Gateway\Command;
use Laraman\Gateway\Protobuf;
use Laraman\Gateway\SocketTransport;
use Laraman\Tests\Support\TaskServer;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

final class SocketTransportTest extends TestCase
{
    private ?TaskServer $server = null;

    protected function tearDown(): void
    {
        $this->server?->stop();
    }

    public function test_a_command_is_confirmed_by_a_query_behind_it(): void
    {
        $transport = $this->transport('normal');
        $transport->command(Command::BROADCAST, "\x0a\x02hi");
        $transport->command(Command::BROADCAST, '');

        self::assertSame('1 900002003 0a026869', $this->server?->frame());
        self::assertSame('1 900003007 ', $this->server->frame().' ');
        self::assertSame('1 900002003 ', $this->server->frame().' ');
        self::assertSame('1 900003007 ', $this->server->frame().' ');
    }

    public function test_a_query_gives_the_reply(): void
    {
        $transport = $this->transport('normal');

        self::assertSame(3, Protobuf::number($transport->query(Command::UNIQ_ID_COUNT), 1));
        self::assertSame('', $transport->query(Command::CHECK_ONLINE, "\x0a\x01a"));
        self::assertSame(1000000, strlen(Protobuf::strings($transport->query(Command::TOPIC_LIST), 1)[0]));
    }

    public function test_a_reply_may_come_in_pieces(): void
    {
        self::assertSame("\x08\x03", $this->transport('drip')->query(Command::UNIQ_ID_COUNT));
    }

    public function test_over_tcp(): void
    {
        $this->server = new TaskServer('tcp://127.0.0.1:0', 'normal');

        self::assertSame("\x08\x03", (new SocketTransport('tcp://'.$this->server->address))->query(Command::UNIQ_ID_COUNT));
    }

    public function test_a_secret_is_sent_first(): void
    {
        $this->server = new TaskServer('tcp://127.0.0.1:0', 'normal');
        $transport = new SocketTransport('tcp://'.$this->server->address, secret: 'open sesame');
        $transport->query(Command::UNIQ_ID_COUNT);
        $transport->query(Command::UNIQ_ID_COUNT);

        self::assertSame('1 900004003 0a0b'.bin2hex('open sesame'), $this->server->frame());
        self::assertSame('1 900003007', $this->server->frame());
        self::assertSame('1 900003007', $this->server->frame());

        $this->expectExceptionMessage('refuses the secret');
        (new SocketTransport('tcp://'.$this->server->address, secret: 'wrong'))->query(Command::UNIQ_ID_COUNT);
    }

    public function test_large_commands_are_written_completely(): void
    {
        $this->transport('normal')->command(Command::BROADCAST, str_repeat('x', 3_000_000));

        self::assertSame('1 900004007', $this->server?->frame());
        self::assertSame('1 900002003 3000000 bytes', $this->server->frame());
    }

    public function test_a_command_above_the_limit_of_the_gateway_is_refused_at_the_call(): void
    {
        $transport = $this->transport('normal');

        foreach ([1, 2] as $try) {
            try {
                $transport->command(Command::BROADCAST, str_repeat('x', 3_219_457));
                self::fail('It was sent.');
            } catch (InvalidArgumentException $e) {
                self::assertStringContainsString('3219457 bytes is above the gateway\'s limit of 3219456 bytes', $e->getMessage());
                self::assertStringContainsString('max_frame_bytes', $e->getMessage());
            }
        }

        $transport->command(Command::BROADCAST, str_repeat('x', 3_219_456));

        self::assertSame('1 900004007', $this->server?->frame(), 'asked once');
        self::assertSame('1 900002003 3219456 bytes', $this->server->frame());
    }

    public function test_a_reply_that_the_gateway_refuses_is_named(): void
    {
        $this->expectException(GatewayUnavailable::class);
        $this->expectExceptionMessage('too long');
        $this->transport('refuse')->query(Command::CONN_INFO);
    }

    public function test_no_server_listens(): void
    {
        $this->expectException(GatewayUnavailable::class);
        $this->expectExceptionMessageMatches('~\[/nonexistent/task\.sock\] cannot be reached .*php artisan laraman status~');
        (new SocketTransport('/nonexistent/task.sock'))->command(Command::BROADCAST, '');
    }

    public function test_no_socket_is_configured(): void
    {
        $this->expectExceptionMessage('laraman.gateway.socket');
        SocketTransport::fromConfig([])->query(Command::UNIQ_ID_COUNT);
    }

    /** @return array<string, array{string, string}> */
    public static function faults(): array
    {
        return [
            'no answer' => ['silent', 'did not answer within 0.3 s'],
            'end of file' => ['close', 'closed the connection'],
            'the answer to another question' => ['garbage', 'is it the task socket of a gateway'],
        ];
    }

    #[DataProvider('faults')]
    public function test_faults_are_reported_within_the_timeout(string $mode, string $message): void
    {
        $transport = $this->transport($mode);
        $start = microtime(true);

        try {
            $transport->command(Command::BROADCAST, '');
            self::fail('No exception.');
        } catch (GatewayUnavailable $e) {
            self::assertStringContainsString($message, $e->getMessage());
        }

        self::assertLessThan(1.0, microtime(true) - $start);
    }

    public function test_a_stream_with_an_unread_reply_is_closed(): void
    {
        foreach ([false, true] as $persistent) {
            $transport = $this->transport('late', $persistent);

            try {
                $transport->query(Command::TOPIC_LIST);
                self::fail('No exception.');
            } catch (GatewayUnavailable) {
            }

            usleep(400_000);  // by now the late reply has arrived and could be mistaken for another reply
            self::assertSame("\x08\x03", $transport->query(Command::UNIQ_ID_COUNT));
            self::assertSame('1 900003008', $this->server?->frame());
            self::assertSame('2 900003007', $this->server->frame());
            $this->server->stop();
        }

        $this->server = null;
    }

    public function test_a_gateway_that_was_restarted_is_found_again(): void
    {
        foreach ([false, true] as $persistent) {
            $transport = $this->transport('restart', $persistent);
            $transport->query(Command::UNIQ_ID_COUNT);
            usleep(50_000);
            $transport->query(Command::UNIQ_ID_COUNT);

            self::assertSame('1 900003007', $this->server?->frame());
            self::assertSame('2 900003007', $this->server->frame());
            $this->server->stop();
        }

        $this->server = null;
    }

    public function test_a_persistent_stream_is_used_by_the_next_request(): void
    {
        $first = $this->transport('normal', true);
        $first->query(Command::UNIQ_ID_COUNT);
        $socket = (string) $this->server?->socket;
        unset($first);
        (new SocketTransport($socket, 1.0, 0.3, true))->query(Command::UNIQ_ID_COUNT);

        self::assertSame('1 900003007', $this->server?->frame());
        self::assertSame('1 900003007', $this->server->frame());
    }

    public function test_a_forked_child_opens_its_own(): void
    {
        $transport = $this->transport('normal');
        $transport->query(Command::UNIQ_ID_COUNT);
        $child = pcntl_fork();

        if ($child === 0) {
            $transport->query(900003009);
            posix_kill((int) getmypid(), SIGKILL);
        }

        pcntl_waitpid($child, $status);
        self::assertSame("\x08\x03", $transport->query(Command::UNIQ_ID_COUNT));
        self::assertSame('1 900003007', $this->server?->frame());
        self::assertSame('2 900003009', $this->server->frame());
        self::assertSame('1 900003007', $this->server->frame());
    }

    private function transport(string $mode, bool $persistent = false): SocketTransport
    {
        $socket = sys_get_temp_dir().'/laraman-task-'.getmypid().'-'.bin2hex(random_bytes(4)).'.sock';
        $this->server = new TaskServer($socket, $mode);

        return new SocketTransport($socket, 1.0, $mode === 'drip' || $mode === 'normal' ? 5.0 : 0.3, $persistent);
    }
}
