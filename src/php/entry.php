<?php

declare(strict_types=1);

/*
| What a worker runs for `--entry FILE`: takes the file's callable, and calls it for each request. Part of the program
| (compiled in, without the line above), so that plain PHP needs no package.
*/

namespace Laraman\Http;

/**
 * A request, for a callable that asks for no other kind.
 */
final class Request
{
    /**
     * @param  array<array-key, mixed>  $query
     * @param  array<array-key, mixed>  $post
     * @param  array<array-key, mixed>  $cookies
     * @param  array<array-key, mixed>  $files
     * @param  array<string, mixed>  $server
     */
    public function __construct(
        public readonly string $method,
        public readonly string $path,
        public readonly array $query,
        public readonly array $post,
        public readonly array $cookies,
        public readonly array $files,
        public readonly array $server,
    ) {
    }

    /** A header's value, whatever the case of its name. */
    public function header(string $name, ?string $default = null): ?string
    {
        $name = strtoupper(strtr($name, '-', '_'));
        $value = $this->server[in_array($name, ['CONTENT_TYPE', 'CONTENT_LENGTH'], true) ? $name : "HTTP_$name"] ?? null;

        return is_string($value) ? $value : $default;
    }

    public function body(): string
    {
        return (string) file_get_contents('php://input');
    }
}

/**
 * An answer.
 */
final class Response
{
    /**
     * @param  iterable<string>|string  $body  a string is sent as a whole, anything else piece by piece
     * @param  array<string, list<string>|string>  $headers
     */
    public function __construct(
        public readonly iterable|string $body = '',
        public readonly int $status = 200,
        public readonly array $headers = ['Content-Type' => 'text/html; charset=UTF-8'],
    ) {
    }

    public static function json(mixed $value, int $status = 200): self
    {
        return new self(json_encode($value, JSON_THROW_ON_ERROR), $status, ['Content-Type' => 'application/json']);
    }
}

(static function (): void {
    $file = (string) getenv('LARAMAN_ENTRY');
    $entry = require $file;
    $handlers = is_callable($entry) ? ['request' => $entry] : $entry;

    if (! is_array($handlers) || ! is_callable($handlers['request'] ?? null)) {
        throw new \RuntimeException("[$file] does not return a callable for requests.");
    }

    $parameter = (new \ReflectionFunction(\Closure::fromCallable($handlers['request'])))->getParameters()[0] ?? null;
    $wanted = $parameter?->getType() instanceof \ReflectionNamedType ? $parameter->getType()->getName() : Request::class;

    $make = match (true) {
        $wanted === \Laraman\Native\RequestJob::class => static fn (\Laraman\Native\RequestJob $job): \Laraman\Native\RequestJob => $job,
        is_a($wanted, 'Symfony\Component\HttpFoundation\Request', true) => static fn (\Laraman\Native\RequestJob $job): object => $wanted::createFromGlobals(),
        default => static fn (\Laraman\Native\RequestJob $job): Request => new Request(
            $job->server['REQUEST_METHOD'],
            rawurldecode(strtok($job->server['REQUEST_URI'], '?') ?: '/'),
            $job->query,
            $job->post,
            $job->cookies,
            $job->files,
            $job->server,
        ),
    };

    $send = static function (mixed $answer): void {
        if (is_a($answer, 'Symfony\Component\HttpFoundation\Response')) {
            $answer->send(false);
        } elseif ($answer instanceof Response && is_string($answer->body)) {
            \Laraman\Native\respond($answer->status, $answer->headers, $answer->body);
        } elseif ($answer instanceof Response) {
            http_response_code($answer->status);

            foreach ($answer->headers as $name => $values) {
                foreach ((array) $values as $value) {
                    header("$name: $value", false);
                }
            }

            foreach ($answer->body as $piece) {
                echo $piece;
                flush();
            }
        } elseif (is_array($answer) && is_string($answer[2] ?? null)) {
            \Laraman\Native\respond($answer[0], $answer[1], $answer[2]);
        } elseif (is_string($answer)) {
            echo $answer;
        } elseif ($answer !== null) {
            throw new \TypeError('The handler of requests returned '.get_debug_type($answer).', which is no response.');
        }
    };

    $handle = static function (\Laraman\Native\RequestJob|\Laraman\Native\EventJob|\Laraman\Native\CallbackJob $job) use ($handlers, $make, $send): void {
        try {
            if ($job instanceof \Laraman\Native\RequestJob) {
                $send($handlers['request']($make($job)));

                return;
            }

            $handler = $handlers[$job instanceof \Laraman\Native\EventJob ? $job->type : 'callback'] ?? null;
            $handler === null || $handler($job);
        } catch (\Throwable $error) {
            error_log((string) $error);

            if ($job instanceof \Laraman\Native\RequestJob && ! headers_sent()) {
                while (ob_get_level() > 0 && ob_end_clean()) {
                }

                $text = ini_get('display_errors') ? (string) $error : 'Internal Server Error';
                \Laraman\Native\respond(500, ['Content-Type' => 'text/plain; charset=utf-8'], $text);
            }
        }
    };

    \Laraman\Native\serve($handle);
})();
