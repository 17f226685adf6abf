<?php

declare(strict_types=1);

/*
| The functions that the resident worker's program gives to PHP, for static analysis and editors. Nothing loads this file.
*/

namespace Laraman\Native;

/**
 * Ends the job before (the request, or the event with all commands given in it), waits, and begins the next.
 *
 * @return null|array{type: 'request', query: array<array-key, mixed>, post: array<array-key, mixed>, cookies: array<array-key, mixed>, files: array<array-key, mixed>, server: array<string, mixed>, websocket_events: bool}|array{type: 'stream'|'timer', number: int}|array{type: 'warm'}|array{type: 'open'|'message'|'close', connection: string, user: string, session: string, channels: list<string>, path: string, meta: array<string, string>, data: string, binary: bool, code: int, reason: string, query?: string, remote_address?: string, forwarded_for?: string, real_ip?: string, gateway?: int}
 *                                                                                                                                                                                                                                                                                                                                                                                                           null: leave the loop now
 */
function next_job(): ?array
{
}

/**
 * Sends the whole answer at once and ends the response: headers set by header() are merged, output buffered so far
 * goes before the body.
 *
 * @param  array<string, list<string>|string>  $headers
 */
function respond(int $status, array $headers, string $body): void
{
}

/**
 * What follows is output that only the client wants: once it is gone, writing throws ClientGone, so that whoever produces
 * it stops. Not where the application has called ignore_user_abort().
 */
function begin_stream(): void
{
}

/**
 * Output of this request is not for its client: until respond() or begin_stream() it goes to the server's log, also where it
 * is flushed, and sends no headers.
 */
function print_to_log(): void
{
}

/** Forgets the headers and the output of this request, if nothing of its response has left yet; false otherwise. */
function reset_response(): bool
{
}

/** Ends the response where it is, so that its client sees that something is missing. */
function break_response(): void
{
}

/** The client went away while its answer was being produced. */
final class ClientGone extends \Exception
{
}

/** Before the first job: what `create` creates is not put back by isolate(). */
function persist(callable $create): void
{
}

/**
 * Before the first job: after each job PHP's state is put back to what it is when the first one is asked for.
 *
 * @param  list<string>  $persistent  properties that are left alone, as "Class::$property"
 */
function isolate(array $persistent = []): void
{
}

/**
 * The next job is ['type' => 'warm'], once the state is put back: what it does to PHP's state becomes part of that to which
 * it is put back from then on.
 */
function warm(): void
{
}

/** Whether statements of this job may have changed the session's state since it was made, or settle_session() called. */
function is_session_changed(\PDO $connection): bool
{
}

function settle_session(\PDO $connection): void
{
}

/** The client has everything; the job goes on. */
function end_response(): void
{
}

/**
 * Queues a command for the gateway; it leaves at the latest with the end of the job.
 *
 * @param  string  $message  the protobuf message
 *
 * @throws \RuntimeException the link to the gateway is down
 */
function command(int $id, string $message): void
{
}

/**
 * Sends what is queued and a query, and waits for the reply's protobuf message.
 *
 * @throws \RuntimeException no reply in time, or the link is down
 */
function query(int $id, string $message, float $timeout_seconds): string
{
}

/**
 * Connects this worker to a further gateway, from the first job on; events of it have its number as "gateway".
 *
 * @param  array<string, mixed>  $options
 * @return int its number, from 1
 */
function add_gateway(array $options): int
{
}

/**
 * Sends a command to a gateway of add_gateway(), over a socket of its own.
 *
 * @throws \RuntimeException
 */
function gateway_command(int $gateway, int $id, string $message): void
{
}

/**
 * Asks a gateway of add_gateway(), and returns the reply's protobuf message.
 *
 * @throws \RuntimeException
 */
function gateway_query(int $gateway, int $id, string $message): string
{
}

/**
 * Waits, together with jobs, for the stream to be readable: then a job of type "stream" has this number.
 *
 * @param  resource  $stream
 *
 * @throws \ValueError nothing can wait for such a stream
 */
function watch($stream): int
{
}

/** From now on there is a job of type "timer" with this number every so many seconds. */
function every(float $seconds): int
{
}

/** Ends a watch or a timer; false if there is none of that number. */
function forget(int $number): bool
{
}

/**
 * The FastCGI sockets of the workers that are idle now, without this one.
 *
 * @return list<string>
 */
function idle_workers(): array
{
}

/**
 * What this worker is.
 *
 * @return array{slot: int, pid: int, version: string}
 */
function worker(): array
{
}
