<?php

declare(strict_types=1);

namespace Laraman\Handshake;

use InvalidArgumentException;
use Laraman\Contracts\Outbox;
use Laraman\Gateway\Argument;
use Laraman\Gateway\Outgoing;

/**
 * Collects the operations of open() on its own connection and encodes them as WebSocket-over-HTTP events.
 */
final class Answer implements Outbox
{
    /** Maximum bytes of the body that the gateway accepts. */
    private const LONGEST_BODY = 4 << 20;

    /** Maximum bytes of the session: it is a header, and the gateway accepts 256 KiB of headers. */
    private const LONGEST_SESSION = 128 << 10;

    private const OPEN = "OPEN\r\n";

    /** @var array<string, string> the event of each */
    private array $channels = [];

    /** Bytes of the body so far, with room for a close frame. */
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
            throw Argument::invalid('session', sprintf('has %d bytes; in open() it has at most %d', strlen($session), self::LONGEST_SESSION));
        }

        $this->session = HeaderValue::safe($session, 'session');
    }

    /** The user that open() has set: empty for none, null if open() has not set it. */
    public function user(): ?string
    {
        return $this->user;
    }

    /** The session string that open() has set, or an empty string. */
    public function session(): string
    {
        return $this->session;
    }

    /** Whether body() has been called: later operations are not part of the body. */
    public function isWritten(): bool
    {
        return $this->written;
    }

    /** The answer's body. Channels come first, so that the client has joined them when it gets its first message. */
    public function body(): string
    {
        $this->written = true;

        return self::OPEN.implode('', $this->channels).$this->messages.$this->close;
    }

    /**
     * Adds an event to the size.
     *
     * @throws InvalidArgumentException the answer would be too long
     */
    private function sized(string $event): string
    {
        $size = $this->size + strlen($event);

        if ($size > self::LONGEST_BODY) {
            throw new InvalidArgumentException(sprintf(
                'With another %d bytes, the messages and channels of open() would have %d bytes; the answer to a handshake has at most %d.', strlen($event), $size, self::LONGEST_BODY,
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
