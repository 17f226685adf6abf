<?php

declare(strict_types=1);

/** @generate-function-entries */

/*
| The native PHP functions of the resident worker's program, for static analysis and editors. This file is never loaded.
| `./dev arginfo` generates src/php/native_arginfo.h from it with PHP's own generator, which reads @param and @return, and
| supports only PHP's own types there.
*/

namespace Laraman\Native {
    /**
     * Waits for jobs, passes them one after the other to `handle`, and returns when the worker is to stop. Call it once, when the
     * script has booted. If a job calls exit, only the job ends; an exception ends the script.
     *
     * @phpstan-param callable(RequestJob|EventJob|CallbackJob): mixed  $handle
     * @phpstan-param (callable(): mixed)|null  $settle  called after each job, unless the job ended with a fatal error
     * @phpstan-param (callable(): mixed)|null  $warm  see warm()
     */
    function serve(callable $handle, ?callable $settle = null, ?callable $warm = null): void
    {
    }

    /**
     * Sends the whole response and ends it: headers set by header() are merged, output buffered so far is sent before the
     * body.
     *
     * @phpstan-param array<string, list<string>|string>  $headers
     */
    function respond(int $status, array $headers, string $body): void
    {
    }

    /**
     * Like respond(), with a regular file as the body, which the gateway sends: the file may be deleted as soon as this function
     * returns. Returns false, and sends nothing, if there is no such file, or if the request does not come from the gateway.
     *
     * @phpstan-param array<string, list<string>|string>  $headers  with Content-Length, and for status 206 Content-Range
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

    /** Before the first job: isolate() does not restore the objects that `create` creates. */
    function persist(callable $create): void
    {
    }

    /**
     * Before the first job: after each job PHP's state is restored to what it is when serve() is called.
     *
     * @phpstan-param list<string>  $persistent  properties that are not restored, as "Class::$property"
     */
    function isolate(array $persistent = []): void
    {
    }

    /**
     * After this job, once the state is restored, `warm` of serve() is called. Its changes to PHP's state become part of the
     * snapshot.
     *
     * @phpstan-param int  $learned  number of learned items, for `laraman status --json`
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
     * @phpstan-param callable(): T  $connect
     *
     * @phpstan-return T
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
     * @phpstan-param string  $message  the protobuf message
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
     * @phpstan-param array<string, mixed>  $options
     *
     * @phpstan-return int the gateway's number, from 1
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
     * @phpstan-return list<string>
     */
    function idle_workers(): array
    {
    }

    /**
     * Calls `$do` with each of `$inputs`, each in its own child process of this worker, in the state that booting left, and waits
     * for up to `$seconds`. Returns for each input its result and null, or null and the reason of the failure. With 0 seconds it
     * does not wait, and the returned value has no meaning.
     *
     * @phpstan-param callable(string): string  $do
     * @phpstan-param array<array-key, string>  $inputs
     *
     * @phpstan-return array<array-key, array{string|null, 'exit'|'failed'|'late'|null}>
     */
    function run_tasks(callable $do, array $inputs, float $seconds): array
    {
    }

    /** Sets whether the close frame for a failed message has the error as its reason (APP_DEBUG). */
    function debug(bool $on): void
    {
    }

    /**
     * Data of this worker.
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
