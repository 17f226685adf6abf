<?php

declare(strict_types=1);

/*
| The functions that the resident worker's program gives to PHP, for static analysis and editors. Nothing loads this file.
*/

namespace Laraman\Native;

/** A request, or the handshake of a socket: the arrays of $_GET, $_POST, $_COOKIE, $_FILES and $_SERVER. The body is php://input. */
final class RequestJob
{
    /** @var array<array-key, mixed> */
    public readonly array $query;

    /** @var array<array-key, mixed> */
    public readonly array $post;

    /** @var array<array-key, mixed> */
    public readonly array $cookies;

    /** @var array<array-key, mixed> */
    public readonly array $files;

    /** @var array<string, mixed> */
    public readonly array $server;

    /** Whether the gateway asks for the opening of a socket: no client can make it so. */
    public readonly bool $isHandshake;
}

/** An event of a socket. */
final class EventJob
{
    /** @var 'open'|'message'|'close' "open": of a further gateway only */
    public readonly string $type;

    /** The connection's id. */
    public readonly string $connection;

    public readonly string $user;

    public readonly string $session;

    /** @var list<string> */
    public readonly array $channels;

    /** Of the handshake's address. */
    public readonly string $path;

    /** @var array<string, string> what the answer to the handshake has kept with the connection */
    public readonly array $meta;

    /** Of a message. */
    public readonly string $data;

    public readonly bool $binary;

    /** The close code, and its reason. */
    public readonly int $code;

    public readonly string $reason;

    /** Of "open": the handshake's query, and where the client is. */
    public readonly string $query;

    public readonly string $remoteAddress;

    public readonly string $forwardedFor;

    public readonly string $realIp;

    /** The number that add_gateway() has given; 0: this server's own gateway. */
    public readonly int $gateway;
}

/** A stream that is readable, or a timer. */
final class CallbackJob
{
    /** Which watch() or every() has given. */
    public readonly int $number;
}

/**
 * Waits for jobs, and gives one after the other to `handle`, until there will be no more: then it returns. Once, when the
 * script has booted. A job that calls exit ends there, and the next one comes; an exception ends the script.
 *
 * @param  callable(RequestJob|EventJob|CallbackJob): mixed  $handle
 * @param  (callable(): mixed)|null  $settle  is called after each job, however it ended but by a fatal error
 * @param  (callable(): mixed)|null  $warm  see warm()
 */
function serve(callable $handle, ?callable $settle = null, ?callable $warm = null): void
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
 * As respond(), with a regular file in place of a body, which the gateway sends by itself: the file may be deleted as soon
 * as this returns. False where there is no such file, or another server than the gateway asks: nothing has been sent then.
 *
 * @param  array<string, list<string>|string>  $headers  with Content-Length, and for status 206 Content-Range
 */
function respond_file(int $status, array $headers, string $path): bool
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
 * Before the first job: after each job PHP's state is put back to what it is when serve() is called.
 *
 * @param  list<string>  $persistent  properties that are left alone, as "Class::$property"
 */
function isolate(array $persistent = []): void
{
}

/**
 * After this job, once the state is put back, `warm` of serve() is called: what it does to PHP's state becomes part of that
 * to which it is put back from then on.
 *
 * @param  int  $learned  how much jobs will find made, for `laraman status --json`
 */
function warm(int $learned): void
{
}

/**
 * Calls `connect`, which opens a session with a server of data: a PDO, Redis or Memcached. The sockets that it opens are
 * the session's, and what it sends is not taken for a change.
 *
 * @template T of object
 *
 * @param  callable(): T  $connect
 * @return T
 */
function open_session(callable $connect): object
{
}

/** Whether calls on it may have changed the session's state since open_session(). */
function is_session_changed(object $session): bool
{
}

/**
 * It is not changed, nobody has the object but one variable or property of the caller, and its server has neither closed
 * it nor sent something.
 */
function is_session_free(object $session): bool
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
 * Connects this worker to a further gateway, from the first job on; events of it have its number.
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
 * Waits, together with jobs, for the stream to be readable: then there is a CallbackJob with this number.
 *
 * @param  resource  $stream
 *
 * @throws \ValueError nothing can wait for such a stream
 */
function watch($stream): int
{
}

/** From now on there is a CallbackJob with this number every `$seconds` seconds. */
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
 * Calls `$do` with each of `$inputs`, each in a child of this worker, in the state that booting left, and waits for so many
 * seconds. Gives the result of each and null, or null and why there is none. With 0 seconds it does not wait, and gives
 * nothing of use.
 *
 * @param  callable(string): string  $do
 * @param  array<array-key, string>  $inputs
 * @return array<array-key, array{string|null, 'exit'|'failed'|'late'|null}>
 */
function run_tasks(callable $do, array $inputs, float $seconds): array
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
