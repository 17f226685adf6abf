<?php

declare(strict_types=1);

namespace Laraman\Handshake;

use InvalidArgumentException;
use Laraman\Contracts\Outbox;
use Laraman\Gateway\Argument;
use Laraman\Gateway\Outgoing;

/**
 * Collects what open() does to its own connection and writes it as events of WebSocket-over-HTTP.
 */
final class Answer implements Outbox
{
    /** Bytes of the body, as the gateway takes them. */
    private const LONGEST_BODY = 4 << 20;

    /** Bytes of the session: it is a header, and the gateway takes 256 KiB of them. */
    private const LONGEST_SESSION = 128 << 10;

    private const OPEN = "OPEN\r\n";

    /** @var array<string, string> the event of each */
    private array $channels = [];

    /** Bytes of the body so far; there is always room for a close frame. */
    private int $size = 256;

    private bool $written = false;

    private string $messages = '';

    private string $close = '';

    private ?string $user = null;

    private string $session = '';

    public function join(string $connection, array $channels): void
    {
        foreach ($channels as $channel) {
            if (! isset($this->channels[$channel])) {
                $this->channels[$channel] = $this->sized(self::event('TEXT', 'c:'.json_encode(
                    ['type' => 'subscribe', 'channel' => $channel],
                    JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES,
                )));
            }
        }
    }

    public function leave(string $connection, array $channels): void
    {
        foreach ($channels as $channel) {
            $this->size -= strlen($this->channels[$channel] ?? '');
            unset($this->channels[$channel]);
        }
    }

    public function send(string $connection, Outgoing $message): void
    {
        if ($this->close === '') {
            $this->messages .= $this->sized(self::event($message->binary ? 'BINARY' : 'TEXT', 'm:'.$message->payload()));
        }
    }

    public function close(string $connection, int $code, string $reason): void
    {
        $this->close = self::event('CLOSE', pack('n', $code).$reason);
    }

    public function setUser(string $connection, string $user): void
    {
        $this->user = $user;
    }

    public function setSession(string $connection, string $session): void
    {
        if (strlen($session) > self::LONGEST_SESSION) {
            throw Argument::invalid('session', sprintf('has %d bytes; in open() it takes %d', strlen($session), self::LONGEST_SESSION));
        }

        $this->session = HeaderValue::safe($session, 'session');
    }

    /** The user that open() gave the connection: empty for none, null where it said nothing. */
    public function user(): ?string
    {
        return $this->user;
    }

    /** The session string that open() set, or an empty one. */
    public function session(): string
    {
        return $this->session;
    }

    /** Whether body() has been asked for: what comes later is not in it. */
    public function isWritten(): bool
    {
        return $this->written;
    }

    /** The answer's body. Channels come first, so that the client is in them when it reads its first message. */
    public function body(): string
    {
        $this->written = true;

        return self::OPEN.implode('', $this->channels).$this->messages.$this->close;
    }

    /**
     * Counts an event.
     *
     * @throws InvalidArgumentException the answer would be too long
     */
    private function sized(string $event): string
    {
        $size = $this->size + strlen($event);

        if ($size > self::LONGEST_BODY) {
            throw new InvalidArgumentException(sprintf(
                'With %d bytes more open() would send and join %d bytes; the answer to a handshake takes %d.', strlen($event), $size, self::LONGEST_BODY,
            ));
        }

        $this->size = $size;

        return $event;
    }

    private static function event(string $type, string $content): string
    {
        return sprintf("%s %x\r\n%s\r\n", $type, strlen($content), $content);
    }
}
