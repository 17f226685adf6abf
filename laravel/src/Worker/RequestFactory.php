<?php

declare(strict_types=1);

namespace Laraman\Worker;

use Illuminate\Http\Request;
use Laraman\Handshake\OpenExchange;
use Laraman\Native\RequestJob;
use Symfony\Component\HttpFoundation\Request as SymfonyRequest;

/**
 * Makes Laravel's request straight from a job's arrays: what Request::capture() makes from the superglobals, without
 * reading those. The body is read from php://input when somebody asks for it.
 */
final class RequestFactory
{
    /** Methods whose form PHP does not parse: Symfony does. */
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
