<?php

declare(strict_types=1);

/*
| Fakes of the native PHP functions of the resident worker's program.
*/

namespace Laraman\Native;

use Laraman\Tests\Support\FakeNative;

final class RequestJob
{
    /**
     * @param  array<array-key, mixed>  $query
     * @param  array<array-key, mixed>  $post
     * @param  array<array-key, mixed>  $cookies
     * @param  array<array-key, mixed>  $files
     * @param  array<string, mixed>  $server
     */
    public function __construct(
        public readonly array $query = [],
        public readonly array $post = [],
        public readonly array $cookies = [],
        public readonly array $files = [],
        public readonly array $server = [],
        public readonly bool $isHandshake = false,
    ) {
    }
}

final class EventJob
{
    /**
     * @param  'open'|'message'|'close'  $type
     * @param  list<string>  $channels
     * @param  array<string, string>  $meta
     */
    public function __construct(
        public readonly string $type,
        public readonly string $connection,
        public readonly string $user = '',
        public readonly string $session = '',
        public readonly array $channels = [],
        public readonly string $path = '/somewhere',
        public readonly array $meta = [],
        public readonly string $data = '',
        public readonly bool $binary = false,
        public readonly int $code = 1000,
        public readonly string $reason = '',
        public readonly string $query = '',
        public readonly string $remoteAddress = '',
        public readonly string $forwardedFor = '',
        public readonly string $realIp = '',
        public readonly int $gateway = 0,
    ) {
    }
}

final class CallbackJob
{
    public function __construct(public readonly int $number)
    {
    }
}

function serve(callable $handle, ?callable $settle = null, ?callable $warm = null): void
{
    FakeNative::$current->serve($handle, $settle, $warm);
}

/** @param  array<string, list<string>|string>  $headers */
function respond(int $status, array $headers, string $body): void
{
    FakeNative::$current->respond($status, $headers, $body);
}

/** @param  array<string, list<string>|string>  $headers */
function respond_file(int $status, array $headers, string $path): bool
{
    return FakeNative::$current->respondFile($status, $headers, $path);
}

final class ClientGone extends \Exception
{
}

/** @param  list<string>  $persistent */
function isolate(array $persistent = []): void
{
    FakeNative::$current->persistent = $persistent;
}

function persist(callable $create): void
{
    $create();
}

function warm(int $learned): void
{
    FakeNative::$current->warms = true;
}

function is_session_changed(object $session): bool
{
    return in_array($session, FakeNative::$current->changedSessions, true);
}

function is_session_free(object $session): bool
{
    return ! is_session_changed($session);
}

function open_session(callable $connect): object
{
    return $connect();
}

function debug(bool $on): void
{
}

function begin_stream(): void
{
}

function print_to_log(): void
{
}

function reset_response(): bool
{
    return ! FakeNative::$current->hasBegun;
}

function break_response(): void
{
    FakeNative::$current->broken++;
}

function end_response(): void
{
    FakeNative::$current->endResponse();
}

function command(int $id, string $message): void
{
    FakeNative::$current->command($id, $message);
}

function query(int $id, string $message, float $timeout_seconds): string
{
    return FakeNative::$current->query($id, $message, $timeout_seconds);
}

/** @param  array<string, mixed>  $options */
function add_gateway(array $options): int
{
    return FakeNative::$current->addGateway($options);
}

function gateway_command(int $gateway, int $id, string $message): void
{
    FakeNative::$current->gatewayCommand($gateway, $id, $message);
}

function gateway_query(int $gateway, int $id, string $message): string
{
    return FakeNative::$current->gatewayQuery($gateway, $id, $message);
}

/** @param  resource  $stream */
function watch($stream): int
{
    return FakeNative::$current->watch();
}

function every(float $seconds): int
{
    return FakeNative::$current->watch();
}

function forget(int $number): bool
{
    return FakeNative::$current->forget($number);
}

/** @return array{slot: int, pid: int, version: string} */
function worker(): array
{
    return ['slot' => 0, 'pid' => (int) getmypid(), 'version' => 'test'];
}
