<?php

declare(strict_types=1);

/*
| The native PHP functions of the resident worker's program, for static analysis and editors. This file is never loaded.
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

    /** Whether the request is a WebSocket handshake from the gateway; a client cannot forge it. */
    public readonly bool $isHandshake;
}

/** An event of a socket. */
final class EventJob
{
    /** @var 'open'|'message'|'close' "open" only from a further gateway */
    public readonly string $type;

    /** The connection's id. */
    public readonly string $connection;

    public readonly string $user;

    public readonly string $session;

    /** @var list<string> */
    public readonly array $channels;

    /** Path of the handshake's URL. */
    public readonly string $path;

    /** @var array<string, string> named values that the answer to the handshake has set */
    public readonly array $meta;

    /** Content of a message. */
    public readonly string $data;

    public readonly bool $binary;

    /** Code and reason of a close. */
    public readonly int $code;

    public readonly string $reason;

    /** For "open": the handshake's query, and the client's address. */
    public readonly string $query;

    public readonly string $remoteAddress;

    public readonly string $forwardedFor;

    public readonly string $realIp;

    /** The number that add_gateway() returned; 0: this server's own gateway. */
    public readonly int $gateway;
}

/** A stream that is readable, or a timer. */
final class CallbackJob
{
    /** The number that watch() or every() returned. */
    public readonly int $number;
}

/**
 * Waits for jobs, passes them one after the other to `handle`, and returns when the worker is to stop. Call it once, when the
 * script has booted. If a job calls exit, only the job ends; an exception ends the script.
 *
 * @param  callable(RequestJob|EventJob|CallbackJob): mixed  $handle
 * @param  (callable(): mixed)|null  $settle  called after each job, unless the job ended with a fatal error
 * @param  (callable(): mixed)|null  $warm  see warm()
 */
function serve(callable $handle, ?callable $settle = null, ?callable $warm = null): void
{
}

/**
 * Sends the whole response and ends it: headers set by header() are merged, output buffered so far is sent before the
 * body.
 *
 * @param  array<string, list<string>|string>  $headers
 */
function respond(int $status, array $headers, string $body): void
{
}

/**
 * Like respond(), with a regular file as the body, which the gateway sends: the file may be deleted as soon as this function
 * returns. Returns false, and sends nothing, if there is no such file, or if the request does not come from the gateway.
 *
 * @param  array<string, list<string>|string>  $headers  with Content-Length, and for status 206 Content-Range
 */
function respond_file(int $status, array $headers, string $path): bool
{
}

/**
 * From now on output is sent to the client: once the client has disconnected, writing throws ClientGone, so that the code
 * that produces the output stops, unless the application has called ignore_user_abort().
 */
function begin_stream(): void
{
}

/**
 * Sends the output of this request to the server's log instead of the client, until respond() or begin_stream(). Flushing
 * does not send headers.
 */
function print_to_log(): void
{
}

/** Discards the headers and output of this request. Returns false if a part of the response has already been sent. */
function reset_response(): bool
{
}

/** Aborts the response, so that the client sees that it is incomplete. */
function break_response(): void
{
}

/** The client disconnected while its response was being produced. */
final class ClientGone extends \Exception
{
}

/** Before the first job: isolate() does not restore the objects that `create` creates. */
function persist(callable $create): void
{
}

/**
 * Before the first job: after each job PHP's state is restored to what it is when serve() is called.
 *
 * @param  list<string>  $persistent  properties that are not restored, as "Class::$property"
 */
function isolate(array $persistent = []): void
{
}

/**
 * After this job, once the state is restored, `warm` of serve() is called. Its changes to PHP's state become part of the
 * snapshot.
 *
 * @param  int  $learned  number of learned items, for `laraman status --json`
 */
function warm(int $learned): void
{
}

/**
 * Calls `connect`, which connects to a database or cache and returns a PDO, Redis or Memcached. The sockets that it opens
 * belong to the session; its own calls do not count as changes of the session.
 *
 * @template T of object
 *
 * @param  callable(): T  $connect
 * @return T
 */
function open_session(callable $connect): object
{
}

/** Whether calls on the object may have changed the session's state since open_session(). */
function is_session_changed(object $session): bool
{
}

/**
 * Returns true if the session is not changed, only one variable or property of the caller refers to the object, and the
 * server has neither closed the session nor sent data.
 */
function is_session_free(object $session): bool
{
}

/** Ends the response; the job goes on. */
function end_response(): void
{
}

/**
 * Queues a command for the gateway; it is sent at the end of the job at the latest.
 *
 * @param  string  $message  the protobuf message
 *
 * @throws \RuntimeException the link to the gateway is down
 */
function command(int $id, string $message): void
{
}

/**
 * Sends the queued commands and a query, and waits for the reply's protobuf message.
 *
 * @throws \RuntimeException no reply in time, or the link is down
 */
function query(int $id, string $message, float $timeout_seconds): string
{
}

/**
 * Connects this worker to a further gateway when it takes its first job. Events of that gateway carry its number.
 *
 * @param  array<string, mixed>  $options
 * @return int the gateway's number, from 1
 */
function add_gateway(array $options): int
{
}

/**
 * Sends a command to a gateway of add_gateway(), over a separate socket.
 *
 * @throws \RuntimeException
 */
function gateway_command(int $gateway, int $id, string $message): void
{
}

/**
 * Sends a query to a gateway of add_gateway(), and returns the reply's protobuf message.
 *
 * @throws \RuntimeException
 */
function gateway_query(int $gateway, int $id, string $message): string
{
}

/**
 * Adds the stream to those that the worker waits for: when it is readable, the worker gets a CallbackJob with the returned
 * number.
 *
 * @param  resource  $stream
 *
 * @throws \ValueError the stream cannot be waited for
 */
function watch($stream): int
{
}

/** Starts a timer that gives a CallbackJob with the returned number every `$seconds` seconds. */
function every(float $seconds): int
{
}

/** Removes a watch or a timer; returns false if there is none with that number. */
function forget(int $number): bool
{
}

/**
 * The FastCGI sockets of the other workers that are idle now.
 *
 * @return list<string>
 */
function idle_workers(): array
{
}

/**
 * Calls `$do` with each of `$inputs`, each in its own child process of this worker, in the state that booting left, and waits
 * for up to `$seconds`. Returns for each input its result and null, or null and the reason of the failure. With 0 seconds it
 * does not wait, and the returned value has no meaning.
 *
 * @param  callable(string): string  $do
 * @param  array<array-key, string>  $inputs
 * @return array<array-key, array{string|null, 'exit'|'failed'|'late'|null}>
 */
function run_tasks(callable $do, array $inputs, float $seconds): array
{
}

/**
 * Data of this worker.
 *
 * @return array{slot: int, pid: int, version: string}
 */
function worker(): array
{
}
