<?php

declare(strict_types=1);

/*
| The classes of the jobs that the resident worker's program gives to PHP (src/php/jobs.cpp), for static analysis and
| editors. Nothing loads this file.
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

/** The client went away while its answer was being produced. */
final class ClientGone extends \Exception
{
}
