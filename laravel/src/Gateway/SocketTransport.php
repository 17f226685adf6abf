<?php

declare(strict_types=1);

namespace Laraman\Gateway;

use InvalidArgumentException;
use Laraman\Contracts\Transport;
use Laraman\Exceptions\GatewayUnavailable;

/**
 * The gateway's task port, from PHP outside the workers: one stream, opened on first use, kept between requests under
 * php-fpm. A frame is: uint32 length of what follows, uint32 command id, protobuf message; both big-endian.
 *
 * The protocol never confirms a command, so each is followed by a cheap query, whose answer says that the gateway has
 * read the command. Replies carry no request id: a stream on which a reply is outstanding can never be used again, and
 * is thrown away, also when the script dies while waiting.
 */
final class SocketTransport implements Transport
{
    /** Longest reply that is believed; a gateway's list of a million connections has 30 MB. */
    private const LARGEST_REPLY = 256 * 1024 * 1024;

    /** A message up to this size passes every gateway; for a longer one the gateway is asked for its limit. */
    private const ALWAYS_TAKEN = 64 * 1024 - 4;

    /** @var resource|null */
    private $stream = null;

    private int $openedBy = 0;

    private bool $awaiting = false;

    /** Most bytes of a message; null: not asked yet. */
    private ?int $limit = null;

    private bool $watched = false;

    /**
     * @param  string  $socket  a Unix path, "unix://path" or "tcp://host:port"
     * @param  float  $connectTimeout  seconds
     * @param  float  $timeout  seconds from the first byte sent to the last of the reply
     * @param  string  $secret  what the gateway wants to hear first over TCP; empty: nothing
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
            // A command line process has no next request to keep it for, and may fork.
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

    /** The gateway would close the connection, and with it lose what was sent before. */
    private function checkSize(string $message): void
    {
        $size = strlen($message);

        if ($size <= self::ALWAYS_TAKEN) {
            return;
        }

        $this->limit ??= Protobuf::number($this->exchange(self::frame(Command::FRAME_LIMIT, ''), Command::FRAME_LIMIT), 1) - 4;

        if ($size > $this->limit) {
            throw new InvalidArgumentException(
                "A command of $size bytes is above the gateway's limit of $this->limit bytes. Send less, or raise "
                .'max_message_bytes, or max_frame_bytes in the [netsvr] section of laraman.toml.'
            );
        }
    }

    /** Throws the stream away; the next call opens another. */
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

    /** Sends bytes that have exactly one reply, and returns that reply's message. */
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
                throw $this->unavailable('answered with something that is not the reply; is it the task socket of a gateway?');
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
        // A child may not read the replies to its parent, nor the next script those to one that died.
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

            fclose($stream);  // kept from an earlier request, and since closed by the gateway or left with a reply
        }
    }

    /**
     * Also on a stream that was kept: that it has been done there cannot be known, and it may be done again.
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
     * With nothing asked, anything to read is the end of the stream or somebody else's reply.
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
                throw $this->unavailable('does not take what is sent');
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
