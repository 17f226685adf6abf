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
use function Laraman\Native\respond_file;

/**
 * Sends a response to the client: an ordinary response in one call, without header() and echo; a file as an open file, which
 * the gateway sends while this worker goes on; a response that writes its own content (streamed) with its own send().
 */
final class Responder
{
    /** @var array<class-string, bool> */
    private array $plain = [];

    /**
     * @param  int  $level  number of output buffers open before the job; the content of further buffers is sent before the
     *                      response's content
     */
    public function send(Response $response, int $level): void
    {
        $output = HandlerOutput::take($level);

        if ($this->isPlain($response)) {
            respond($response->getStatusCode(), self::headers($response), $output.$response->getContent());

            return;
        }

        if ($output === '' && $response instanceof BinaryFileResponse && self::passFile($response)) {
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

    /** Sends a plain response, if Laravel cannot answer. */
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

    /** Whether the gateway sends the file; otherwise the response must send it itself. */
    private static function passFile(BinaryFileResponse $response): bool
    {
        if (! $response->isSuccessful() || (new ReflectionMethod($response, 'sendContent'))->class !== BinaryFileResponse::class) {
            return false;
        }

        [$isTemporary, $isDeleted] = (fn (): array => [isset($this->tempFileObject), $this->deleteFileAfterSend])->call($response);
        $path = $isTemporary ? false : $response->getFile()->getRealPath();  // false: the file belongs to a stream wrapper

        if ($path === false || ! respond_file($response->getStatusCode(), self::headers($response), $path)) {
            return false;
        }

        if ($isDeleted && is_file($name = $response->getFile()->getPathname())) {
            unlink($name);
        }

        return true;
    }

    private function isPlain(Response $response): bool
    {
        return $this->plain[$response::class] ??= (new ReflectionMethod($response, 'sendContent'))->class === Response::class
            && (new ReflectionMethod($response, 'sendHeaders'))->class === Response::class
            && (new ReflectionMethod($response, 'send'))->class === Response::class;
    }
}
