<?php

declare(strict_types=1);

namespace Laraman\Worker;

use ReflectionMethod;
use Symfony\Component\HttpFoundation\Response;

use function Laraman\Native\end_response;
use function Laraman\Native\respond;

/**
 * Sends a response to the client: an ordinary one as a whole, without header() and echo; one that writes its own content
 * (streamed, a file) by its own send().
 */
final class Responder
{
    /** @var array<class-string, bool> */
    private array $plain = [];

    /**
     * @param  int  $level  output buffers that were open before the job; what the application left in others goes before
     *                      the content
     */
    public function send(Response $response, int $level): void
    {
        $output = self::takeOutput($level);

        if ($this->isPlain($response)) {
            respond($response->getStatusCode(), self::headers($response), $output.$response->getContent());

            return;
        }

        if ($output === '') {
            $response->send(false);
        } else {
            $response->sendHeaders();
            echo $output;
            $response->sendContent();
        }

        Response::closeOutputBuffers($level, true);
        end_response();
    }

    private static function takeOutput(int $level): string
    {
        $output = '';

        while (ob_get_level() > $level && ($piece = ob_get_clean()) !== false) {
            $output = $piece.$output;
        }

        return $output;
    }

    /** For when Laravel cannot answer. */
    public function sendText(int $status, string $text, int $level): void
    {
        Response::closeOutputBuffers($level, false);
        respond($status, ['Content-Type' => 'text/plain; charset=utf-8'], $text);
    }

    /** @return array<string, list<string>> */
    private static function headers(Response $response): array
    {
        $headers = [];

        foreach ($response->headers->allPreserveCaseWithoutCookies() as $name => $values) {
            foreach ((array) $values as $value) {
                if (is_string($value)) {
                    $headers[(string) $name][] = $value;
                }
            }
        }

        foreach ($response->headers->getCookies() as $cookie) {
            $headers['Set-Cookie'][] = (string) $cookie;
        }

        return $headers;
    }

    private function isPlain(Response $response): bool
    {
        return $this->plain[$response::class] ??= (new ReflectionMethod($response, 'sendContent'))->class === Response::class
            && (new ReflectionMethod($response, 'sendHeaders'))->class === Response::class
            && (new ReflectionMethod($response, 'send'))->class === Response::class;
    }
}
