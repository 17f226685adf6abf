<?php

declare(strict_types=1);

namespace Laraman\Handshake;

use Laraman\Contracts\Outbox;

/**
 * Collects what open() does to its own connection and writes it as events of WebSocket-over-HTTP.
 */
final class Answer implements Outbox
{
    /** @var array<string, true> */
    private array $channels = [];

    private string $messages = '';

    private string $close = '';

    private ?string $user = null;

    private string $session = '';

    public function join(string $connection, array $channels): void
    {
        foreach ($channels as $channel) {
            $this->channels[$channel] = true;
        }
    }

    public function leave(string $connection, array $channels): void
    {
        foreach ($channels as $channel) {
            unset($this->channels[$channel]);
        }
    }

    public function send(string $connection, string $payload, bool $binary): void
    {
        if ($this->close === '') {
            $this->messages .= self::event($binary ? 'BINARY' : 'TEXT', "m:$payload");
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

    /** The answer's body. Channels come first, so that the client is in them when it reads its first message. */
    public function body(): string
    {
        $body = "OPEN\r\n";

        foreach (array_keys($this->channels) as $channel) {
            $body .= self::event('TEXT', 'c:'.json_encode(
                ['type' => 'subscribe', 'channel' => (string) $channel],
                JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES,
            ));
        }

        return $body.$this->messages.$this->close;
    }

    private static function event(string $type, string $content): string
    {
        return sprintf("%s %x\r\n%s\r\n", $type, strlen($content), $content);
    }
}
