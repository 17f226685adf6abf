<?php

declare(strict_types=1);

/*
| The job classes of the resident worker's program (src/php/jobs.cpp), for static analysis and editors. This file is never
| loaded.
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

/** The client disconnected while its response was being produced. */
final class ClientGone extends \Exception
{
}
