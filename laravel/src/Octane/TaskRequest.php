<?php

declare(strict_types=1);

namespace Laraman\Octane;

/**
 * A task that another worker runs: a FastCGI request, as the gateway sends them.
 */
final class TaskRequest
{
    /** Status of the response if the task has called exit. */
    public const EXITED = 410;

    private const BEGIN_REQUEST = 1;

    private const END_REQUEST = 3;

    private const PARAMS = 4;

    private const STDIN = 5;

    private const STDOUT = 6;

    private string $output = '';

    /** @param  resource  $stream */
    private function __construct(private readonly mixed $stream)
    {
    }

    /** Sends the task; null if the worker cannot be reached. */
    public static function send(string $socket, string $body): ?self
    {
        $stream = @stream_socket_client("unix://$socket", $code, $message, 0.1);

        if ($stream === false) {
            return null;
        }

        $parameters = '';

        foreach (['REQUEST_METHOD' => 'POST', 'REQUEST_URI' => '/', 'CONTENT_LENGTH' => (string) strlen($body), TaskDispatcher::PARAMETER => '1'] as $name => $value) {
            $parameters .= chr(strlen($name)).chr(strlen($value)).$name.$value;
        }

        $records = self::record(self::BEGIN_REQUEST, "\0\1\0\0\0\0\0\0").self::record(self::PARAMS, $parameters).self::record(self::PARAMS, '');

        foreach (str_split($body, 32_000) as $piece) {
            $records .= self::record(self::STDIN, $piece);
        }

        return @fwrite($stream, $records.self::record(self::STDIN, '')) === false ? null : new self($stream);
    }

    /**
     * Waits for the response. As in run_tasks(), returns the result and null, or null and the reason of the failure.
     *
     * @return array{string|null, 'exit'|'failed'|'late'|null}
     */
    public function answer(float $deadline): array
    {
        do {
            $head = $this->read(8, $deadline);

            if ($head === null) {
                return [null, microtime(true) >= $deadline || stream_get_meta_data($this->stream)['timed_out'] ? 'late' : 'failed'];
            }

            $type = ord($head[1]);
            $size = ord($head[4]) << 8 | ord($head[5]);
            $content = (string) $this->read($size + ord($head[6]), $deadline);

            if ($type === self::STDOUT) {
                $this->output .= substr($content, 0, $size);
            }
        } while ($type !== self::END_REQUEST && ($type !== self::STDOUT || $size > 0));

        [$headers, $body] = explode("\r\n\r\n", $this->output, 2) + ['', ''];

        return match (sscanf($headers, 'Status: %d')[0] ?? 0) {
            200 => [$body, null],
            self::EXITED => [null, 'exit'],
            default => [null, 'failed'],
        };
    }

    /** Reads this number of bytes; null at the end of the stream, or at the time-out. */
    private function read(int $size, float $deadline): ?string
    {
        $text = '';

        while (strlen($text) < $size) {
            $left = $deadline - microtime(true);

            if ($left <= 0) {
                return null;
            }

            stream_set_timeout($this->stream, (int) $left, (int) (($left - (int) $left) * 1_000_000));
            $piece = fread($this->stream, max(1, $size - strlen($text)));

            if ($piece === false || ($piece === '' && feof($this->stream))) {
                return null;
            }

            $text .= $piece;
        }

        return $text;
    }

    private static function record(int $type, string $content): string
    {
        return pack('CCnnCC', 1, $type, 1, strlen($content), 0, 0).$content;
    }
}
