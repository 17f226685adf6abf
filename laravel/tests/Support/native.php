<?php

declare(strict_types=1);

/*
| Stands for the functions that the resident worker's program gives to PHP.
*/

namespace Laraman\Native;

use Laraman\Tests\Support\FakeNative;

/** @return array<string, mixed>|null */
function next_job(): ?array
{
    return FakeNative::$current->nextJob();
}

/** @param  array<string, list<string>|string>  $headers */
function respond(int $status, array $headers, string $body): void
{
    FakeNative::$current->respond($status, $headers, $body);
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

function warm(): void
{
    array_unshift(FakeNative::$current->jobs, ['type' => 'warm']);
}

function is_session_changed(object $connection): bool
{
    return in_array($connection, FakeNative::$current->changedSessions, true);
}

function settle_session(object $connection): void
{
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
