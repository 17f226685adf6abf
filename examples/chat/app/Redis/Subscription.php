<?php

declare(strict_types=1);

namespace App\Redis;

use RuntimeException;

/**
 * A subscription to channels of a Redis server, with the necessary part of its protocol (RESP2). It never blocks: messages()
 * returns the messages that have arrived.
 */
final class Subscription
{
    private string $received = '';

    /** @param  resource  $stream */
    private function __construct(private readonly mixed $stream)
    {
    }

    /** @param  string  $address  host:port */
    public static function to(string $address, string $pattern): self
    {
        $stream = @stream_socket_client("tcp://$address", $code, $message, 1.0);

        if ($stream === false) {
            throw new RuntimeException("Redis at [$address] is not there: $message");
        }

        $subscription = new self($stream);
        $subscription->send('PSUBSCRIBE', $pattern);
        stream_set_blocking($stream, false);

        return $subscription;
    }

    /** @return resource */
    public function stream(): mixed
    {
        return $this->stream;
    }

    /** @return iterable<string, string> channel => message, of all that has arrived */
    public function messages(): iterable
    {
        $this->received .= (string) stream_get_contents($this->stream);

        while (($reply = $this->take()) !== null) {
            if (($reply[0] ?? null) === 'pmessage') {
                yield $reply[2] => $reply[3];
            }
        }
    }

    public function quit(): void
    {
        $this->send('PUNSUBSCRIBE');
        $this->send('QUIT');
    }

    private function send(string ...$words): void
    {
        fwrite($this->stream, '*'.count($words)."\r\n".implode('', array_map(static fn (string $word): string => '$'.strlen($word)."\r\n$word\r\n", $words)));
    }

    /**
     * Takes one reply, if it has arrived completely: an array of strings or numbers; any other reply is a list of one line.
     *
     * @return list<string>|null
     */
    private function take(): ?array
    {
        $at = 0;
        $line = $this->line($at);

        if ($line === null) {
            return null;
        }

        $items = [$line];

        if ($line[0] === '*') {
            $items = [];

            for ($left = (int) substr($line, 1); $left > 0; $left--) {
                $item = $this->line($at);

                if ($item !== null && $item[0] === '$' && $item !== '$-1') {
                    $size = (int) substr($item, 1);
                    $item = strlen($this->received) >= $at + $size + 2 ? substr($this->received, $at, $size) : null;
                    $at += $size + 2;
                }

                if ($item === null) {
                    return null;
                }

                $items[] = $item;
            }
        }

        $this->received = substr($this->received, $at);

        return $items;
    }

    /** The line at an offset, which is moved behind the line; null if the line is not complete. */
    private function line(int &$at): ?string
    {
        $end = strpos($this->received, "\r\n", $at);

        if ($end === false || $end === $at) {
            return null;
        }

        $line = substr($this->received, $at, $end - $at);
        $at = $end + 2;

        return $line;
    }
}
