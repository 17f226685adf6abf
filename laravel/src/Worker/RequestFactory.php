<?php

declare(strict_types=1);

namespace Laraman\Worker;

use Illuminate\Http\Request;
use Laraman\Handshake\OpenExchange;
use Laraman\Native\RequestJob;
use Symfony\Component\HttpFoundation\Request as SymfonyRequest;

/**
 * Creates Laravel's request directly from a job's arrays, equal to the result of Request::capture(), without reading the
 * superglobals. The body is read from php://input on first use.
 */
final class RequestFactory
{
    /** Methods whose form Symfony parses, since PHP does not. */
    private const UNPARSED = ['PUT', 'DELETE', 'PATCH', 'QUERY'];

    public static function fromJob(RequestJob $job): Request
    {
        if (in_array($job->server['REQUEST_METHOD'] ?? '', self::UNPARSED, true)) {
            return Request::capture();
        }

        if ($job->files !== []) {
            return Request::createFromBase(new SymfonyRequest($job->query, $job->post, [], $job->cookies, $job->files, $job->server));
        }

        $request = new Request($job->query, $job->post, [], $job->cookies, [], $job->server);

        if ($request->isJson()) {
            $request->request = $request->json();
        }

        return $request;
    }

    /** The GET of a WebSocket handshake: no form, no body. */
    public static function handshake(RequestJob $job): Request
    {
        return new Request($job->query, [], [], $job->cookies, [], OpenExchange::restore($job->server), '');
    }
}
