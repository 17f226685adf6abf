<?php

declare(strict_types=1);

namespace Laraman\Worker;

use Illuminate\Http\Request;
use Symfony\Component\HttpFoundation\Request as SymfonyRequest;

/**
 * Makes Laravel's request straight from a job's arrays: what Request::capture() makes from the superglobals, without
 * reading those. The body is read from php://input when somebody asks for it.
 */
final class RequestFactory
{
    /** Methods whose form PHP does not parse: Symfony does. */
    private const UNPARSED = ['PUT', 'DELETE', 'PATCH', 'QUERY'];

    /**
     * @param  array{query: array<array-key, mixed>, post: array<array-key, mixed>, cookies: array<array-key, mixed>, files: array<array-key, mixed>, server: array<string, mixed>, ...}  $job
     */
    public static function fromJob(array $job): Request
    {
        if (in_array($job['server']['REQUEST_METHOD'] ?? '', self::UNPARSED, true)) {
            return Request::capture();
        }

        if ($job['files'] !== []) {
            return Request::createFromBase(new SymfonyRequest($job['query'], $job['post'], [], $job['cookies'], $job['files'], $job['server']));
        }

        $request = new Request($job['query'], $job['post'], [], $job['cookies'], [], $job['server']);

        if ($request->isJson()) {
            $request->request = $request->json();
        }

        return $request;
    }

    /**
     * The GET of a WebSocket handshake: no form, no body.
     *
     * @param  array<array-key, mixed>  $query
     * @param  array<array-key, mixed>  $cookies
     * @param  array<string, mixed>  $server
     */
    public static function handshake(array $query, array $cookies, array $server): Request
    {
        return new Request($query, [], [], $cookies, [], $server, '');
    }
}
