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
 * Sends a response to the client: an ordinary one as a whole, without header() and echo; a file open, which the gateway
 * sends while this worker has other things to do; one that writes its own content (streamed) by its own send().
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

    /** Whether the gateway sends it; else the response must do so itself. */
    private static function passFile(BinaryFileResponse $response): bool
    {
        if (! $response->isSuccessful() || (new ReflectionMethod($response, 'sendContent'))->class !== BinaryFileResponse::class) {
            return false;
        }

        [$isTemporary, $isDeleted] = (fn (): array => [isset($this->tempFileObject), $this->deleteFileAfterSend])->call($response);
        $path = $isTemporary ? false : $response->getFile()->getRealPath();  // false: of a stream wrapper

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
