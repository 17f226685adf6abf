<?php

declare(strict_types=1);

namespace Laraman\Worker;

use Illuminate\Routing\Exceptions\StreamedResponseException;
use Laraman\Native\ClientGone;
use ReflectionMethod;
use Symfony\Component\HttpFoundation\BinaryFileResponse;
use Symfony\Component\HttpFoundation\Response;
use Throwable;

use function Laraman\Native\begin_stream;
use function Laraman\Native\end_response;
use function Laraman\Native\respond;

/**
 * Sends a response to the client: an ordinary one as a whole, without header() and echo; a file by its name, which the
 * gateway sends while this worker has other things to do; one that writes its own content (streamed) by its own send().
 */
final class Responder
{
    /** @var array<class-string, bool> */
    private array $plain = [];

    /**
     * @param  int  $level  output buffers that were open before the job; what the application left in others goes before
     *                      the content
     * @param  string  $sendfile  the word by which the gateway takes the name of a file; empty: it takes none
     */
    public function send(Response $response, int $level, string $sendfile = ''): void
    {
        $output = HandlerOutput::take($level);

        if ($this->isPlain($response)) {
            respond($response->getStatusCode(), self::headers($response), $output.$response->getContent());

            return;
        }

        if ($sendfile !== '' && $output === '' && $response instanceof BinaryFileResponse && ($file = self::file($response)) !== null) {
            respond($response->getStatusCode(), [...self::headers($response), 'X-Laraman-File' => ["$sendfile $file"]], '');

            return;
        }

        try {
            begin_stream();

            if ($output === '') {
                $response->send(false);
            } else {
                $response->sendHeaders();
                echo $output;
                $response->sendContent();
            }
        } catch (Throwable $e) {
            $thrown = $e instanceof StreamedResponseException ? $e->getInnerException() : $e;

            if (! $thrown instanceof ClientGone) {
                throw $e;
            }
        }

        Response::closeOutputBuffers($level, true);
        end_response();
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

    /** What the gateway is to do with which file; null for a response that must send itself. */
    private static function file(BinaryFileResponse $response): ?string
    {
        if (! $response->isSuccessful() || (new ReflectionMethod($response, 'sendContent'))->class !== BinaryFileResponse::class) {
            return null;
        }

        [$isTemporary, $isDeleted] = (fn (): array => [isset($this->tempFileObject), $this->deleteFileAfterSend])->call($response);
        $path = $isTemporary ? false : $response->getFile()->getRealPath();

        // No stream wrapper's file, none whose name a header cannot carry, no link that would stay.
        if ($path === false || preg_match('/^\/[^\x00-\x1f\x7f]*[^\x00-\x20\x7f]$/D', $path) !== 1 || ($isDeleted && $path !== $response->getFile()->getPathname())) {
            return null;
        }

        return ($isDeleted ? 'delete ' : 'keep ').$path;
    }

    private function isPlain(Response $response): bool
    {
        return $this->plain[$response::class] ??= (new ReflectionMethod($response, 'sendContent'))->class === Response::class
            && (new ReflectionMethod($response, 'sendHeaders'))->class === Response::class
            && (new ReflectionMethod($response, 'send'))->class === Response::class;
    }
}
