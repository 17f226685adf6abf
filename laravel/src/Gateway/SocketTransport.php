<?php

declare(strict_types=1);

namespace Laraman\Gateway;

use InvalidArgumentException;
use Laraman\Contracts\Transport;
use Laraman\Exceptions\GatewayUnavailable;

/**
 * Connects PHP outside the workers to the gateway's task port, with one stream, which is opened on first use and kept
 * between requests under php-fpm. A frame is: uint32 length of the rest, uint32 command id, protobuf message; both integers
 * are big-endian.
 *
 * The protocol does not confirm a command, so each command is followed by a cheap query, whose reply shows that the gateway
 * has read the command. Replies have no request id: a stream with an outstanding reply can never be used again, and is
 * closed, also if the script dies while it waits.
 */
final class SocketTransport implements Transport
{
    /** Maximum bytes of a reply; a gateway's list of a million connections has 30 MB. */
    private const LARGEST_REPLY = 256 * 1024 * 1024;

    /** Every gateway accepts a message of this size; before a longer message, the gateway is asked for its limit. */
    private const ALWAYS_TAKEN = 64 * 1024 - 4;

    /** @var resource|null */
    private $stream = null;

    private int $openedBy = 0;

    private bool $awaiting = false;

    /** Maximum bytes of a message; null: not asked yet. */
    private ?int $limit = null;

    private bool $watched = false;

    /**
     * @param  string  $socket  a Unix path, "unix://path" or "tcp://host:port"
     * @param  float  $connectTimeout  seconds
     * @param  float  $timeout  seconds from the first byte sent to the last of the reply
     * @param  string  $secret  shared secret that the gateway requires over TCP; empty: none
     */
    public function __construct(
        private readonly string $socket,
        private readonly float $connectTimeout = 1.0,
        private readonly float $timeout = 5.0,
        private readonly bool $persistent = false,
        #[\SensitiveParameter]
        private readonly string $secret = '',
    ) {
    }

    /** @param  array<array-key, mixed>  $config the "gateway" part of config/laraman.php */
    public static function fromConfig(array $config): self
    {
        return new self(
            is_string($socket = $config['socket'] ?? null) ? $socket : '',
            is_numeric($connect = $config['connect_timeout'] ?? null) ? (float) $connect : 1.0,
            is_numeric($timeout = $config['timeout'] ?? null) ? (float) $timeout : 5.0,
            // A command line process has no next request that could use the stream, and may fork.
            ($config['persistent'] ?? true) === true && PHP_SAPI !== 'cli',
            is_string($secret = $config['secret'] ?? null) ? $secret : '',
        );
    }

    public function __destruct()
    {
        if ($this->awaiting || ! $this->persistent) {
            $this->close();
        }
    }

    public function command(int $id, string $message): void
    {
        $this->checkSize($message);

        $this->exchange(self::frame($id, $message).self::frame(Command::UNIQ_ID_COUNT, ''), Command::UNIQ_ID_COUNT);
    }

    public function query(int $id, string $message = ''): string
    {
        $this->checkSize($message);

        return $this->exchange(self::frame($id, $message), $id);
    }

    /** Refuses a message that is too long: the gateway would close the connection, and earlier commands would be lost. */
    private function checkSize(string $message): void
    {
        $size = strlen($message);

        if ($size <= self::ALWAYS_TAKEN) {
            return;
        }

        $this->limit ??= Protobuf::number($this->exchange(self::frame(Command::FRAME_LIMIT, ''), Command::FRAME_LIMIT), 1) - 4;

        if ($size > $this->limit) {
            throw new InvalidArgumentException(
                "A command of $size bytes is above the gateway's limit of $this->limit bytes. Send less data, or raise "
                .'max_message_bytes, or max_frame_bytes in the [netsvr] section of laraman.toml.'
            );
        }
    }

    /** Closes the stream; the next call opens another one. */
    public function close(): void
    {
        if (is_resource($this->stream)) {
            fclose($this->stream);
        }

        $this->stream = null;
        $this->awaiting = false;
    }

    private static function frame(int $id, string $message): string
    {
        return pack('NN', strlen($message) + 4, $id).$message;
    }

    /** Sends bytes that cause exactly one reply, and returns that reply's message. */
    private function exchange(string $bytes, int $replyId): string
    {
        return $this->talk($this->stream(), $bytes, $replyId);
    }

    /** @param  resource  $stream */
    private function talk($stream, string $bytes, int $replyId): string
    {
        $deadline = microtime(true) + $this->timeout;
        $this->awaiting = true;

        try {
            $this->write($stream, $bytes, $deadline);
            ['length' => $length, 'id' => $id] = self::header($this->read($stream, 8, $deadline));

            if ($id === Command::REFUSED && $length >= 4 && $length <= self::LARGEST_REPLY) {
                throw $this->unavailable('refuses: '.(Protobuf::strings($this->read($stream, $length - 4, $deadline), 2)[0] ?? ''));
            }

            if ($id !== $replyId || $length < 4 || $length > self::LARGEST_REPLY) {
                throw $this->unavailable('sent an unexpected reply; is it the task socket of a gateway?');
            }

            $reply = $this->read($stream, $length - 4, $deadline);
        } catch (GatewayUnavailable $e) {
            $this->close();

            throw $e;
        }

        $this->awaiting = false;

        return $reply;
    }

    /** @return array{length: int, id: int} */
    private static function header(string $bytes): array
    {
        /** @var array{length: int, id: int} */
        return (array) unpack('Nlength/Nid', $bytes);
    }

    /** @return resource */
    private function stream()
    {
        // A child process must not read its parent's replies, nor the next script the replies to a script that died.
        if ($this->stream !== null && ($this->awaiting || $this->openedBy !== getmypid() || $this->isStale($this->stream))) {
            $this->close();
        }

        if ($this->stream === null) {
            $stream = $this->open();
            $this->stream = $stream;
            $this->openedBy = (int) getmypid();
            $this->authenticate($stream);
        } else {
            $stream = $this->stream;
        }

        if (! $this->watched && $this->persistent) {
            $this->watched = true;
            register_shutdown_function(function (): void {
                if ($this->awaiting) {
                    $this->close();
                }
            });
        }

        return $stream;
    }

    /** @return resource */
    private function open()
    {
        if ($this->socket === '') {
            throw new GatewayUnavailable('No gateway is configured: set laraman.gateway.socket.');
        }

        $address = str_contains($this->socket, '://') ? $this->socket : "unix://$this->socket";
        $flags = STREAM_CLIENT_CONNECT | ($this->persistent ? STREAM_CLIENT_PERSISTENT : 0);

        for ($try = 0; ; $try++) {
            $stream = @stream_socket_client($address, $code, $message, $this->connectTimeout, $flags);

            if ($stream === false) {
                throw $this->unavailable("cannot be reached ($message)");
            }

            if (! $this->persistent || $try === 1 || ! $this->isStale($stream)) {
                return $stream;
            }

            fclose($stream);  // from an earlier request: the gateway has closed it, or it has an unread reply
        }
    }

    /**
     * Sends the secret, also on a stream from an earlier request: it is not known whether that request has sent the secret,
     * and sending it twice is allowed.
     *
     * @param  resource  $stream
     */
    private function authenticate($stream): void
    {
        if ($this->secret === '') {
            return;
        }

        $request = self::frame(Command::AUTHENTICATE, Protobuf::bytes(1, $this->secret));

        if (Protobuf::number($this->talk($stream, $request, Command::AUTHENTICATE), 1) !== 1) {
            $this->close();

            throw $this->unavailable('refuses the secret (laraman.gateway.secret)');
        }
    }

    /**
     * If no query is outstanding, readable data is the end of the stream or the reply to another script.
     *
     * @param  resource  $stream
     */
    private function isStale($stream): bool
    {
        $read = [$stream];
        $none = null;

        return ! is_resource($stream) || @stream_select($read, $none, $none, 0) !== 0;
    }

    /** @param  resource  $stream */
    private function write($stream, string $bytes, float $deadline): void
    {
        while ($bytes !== '') {
            $this->limit($stream, $deadline);
            $written = @fwrite($stream, $bytes);

            if ($written === false || $written === 0) {
                throw $this->unavailable('does not read the data that is sent');
            }

            $bytes = substr($bytes, $written);
        }
    }

    /** @param  resource  $stream */
    private function read($stream, int $length, float $deadline): string
    {
        $bytes = '';

        while (($missing = $length - strlen($bytes)) > 0) {
            $this->limit($stream, $deadline);
            $piece = @fread($stream, $missing);

            if ($piece === false || $piece === '') {
                throw feof($stream)
                    ? $this->unavailable('closed the connection')
                    : $this->unavailable(sprintf('did not answer within %.1f s', $this->timeout));
            }

            $bytes .= $piece;
        }

        return $bytes;
    }

    /** @param  resource  $stream */
    private function limit($stream, float $deadline): void
    {
        $left = $deadline - microtime(true);

        if ($left <= 0) {
            throw $this->unavailable(sprintf('did not answer within %.1f s', $this->timeout));
        }

        stream_set_timeout($stream, (int) $left, (int) (fmod($left, 1.0) * 1e6));
    }

    private function unavailable(string $what): GatewayUnavailable
    {
        return new GatewayUnavailable(
            "The gateway at [$this->socket] $what. Is the server running (php artisan laraman status), "
            .'is laraman.gateway.socket its task socket, and may this user open it?'
        );
    }
}
