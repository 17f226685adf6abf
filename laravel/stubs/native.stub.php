<?php

declare(strict_types=1);

/** @generate-function-entries */

/*
| The functions that the resident worker's program gives to PHP, for static analysis and editors: nothing loads this file.
| `./dev arginfo` writes src/php/native_arginfo.h from it, by PHP's own generator. That reads @param and @return, and knows
| only PHP's own types in them.
*/

namespace Laraman\Native {
    /**
     * Waits for jobs, and gives one after the other to `handle`, until there will be no more: then it returns. Once, when the
     * script has booted. A job that calls exit ends there, and the next one comes; an exception ends the script.
     *
     * @phpstan-param callable(RequestJob|EventJob|CallbackJob): mixed  $handle
     * @phpstan-param (callable(): mixed)|null  $settle  is called after each job, however it ended but by a fatal error
     * @phpstan-param (callable(): mixed)|null  $warm  see warm()
     */
    function serve(callable $handle, ?callable $settle = null, ?callable $warm = null): void
    {
    }

    /**
     * Sends the whole answer at once and ends the response: headers set by header() are merged, output buffered so far
     * goes before the body.
     *
     * @phpstan-param array<string, list<string>|string>  $headers
     */
    function respond(int $status, array $headers, string $body): void
    {
    }

    /**
     * As respond(), with a regular file in place of a body, which the gateway sends by itself: the file may be deleted as soon
     * as this returns. False where there is no such file, or another server than the gateway asks: nothing has been sent then.
     *
     * @phpstan-param array<string, list<string>|string>  $headers  with Content-Length, and for status 206 Content-Range
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

    /** Before the first job: what `create` creates is not put back by isolate(). */
    function persist(callable $create): void
    {
    }

    /**
     * Before the first job: after each job PHP's state is put back to what it is when serve() is called.
     *
     * @phpstan-param list<string>  $persistent  properties that are left alone, as "Class::$property"
     */
    function isolate(array $persistent = []): void
    {
    }

    /**
     * After this job, once the state is put back, `warm` of serve() is called: what it does to PHP's state becomes part of that
     * to which it is put back from then on.
     *
     * @phpstan-param int  $learned  how much jobs will find made, for `laraman status --json`
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
     * @phpstan-param callable(): T  $connect
     *
     * @phpstan-return T
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
     * @phpstan-param string  $message  the protobuf message
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
     * @phpstan-param array<string, mixed>  $options
     *
     * @phpstan-return int its number, from 1
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
     * @phpstan-return list<string>
     */
    function idle_workers(): array
    {
    }

    /**
     * Calls `$do` with each of `$inputs`, each in a child of this worker, in the state that booting left, and waits for so many
     * seconds. Gives the result of each and null, or null and why there is none. With 0 seconds it does not wait, and gives
     * nothing of use.
     *
     * @phpstan-param callable(string): string  $do
     * @phpstan-param array<array-key, string>  $inputs
     *
     * @phpstan-return array<array-key, array{string|null, 'exit'|'failed'|'late'|null}>
     */
    function run_tasks(callable $do, array $inputs, float $seconds): array
    {
    }

    /** Whether clients hear why their message failed (APP_DEBUG). */
    function debug(bool $on): void
    {
    }

    /**
     * What this worker is.
     *
     * @phpstan-return array{slot: int, pid: int, version: string}
     */
    function worker(): array
    {
    }
}

namespace {
    function fastcgi_finish_request(): bool
    {
    }

    /** @return array<string, string> */
    function getallheaders(): array
    {
    }

    /** @alias getallheaders */
    function apache_request_headers(): array
    {
    }
}
