<?php

declare(strict_types=1);

namespace Laraman\NetBus;

use InvalidArgumentException;
use Laraman\Contracts\Transport;
use Laraman\Gateway\SocketTransport;

use function function_exists;
use function Laraman\Native\add_gateway;

/**
 * The "gateways" of config/laraman.php: string keys are settings for all gateways, each other entry is a gateway, given as
 * an address or as an array of its own settings.
 */
final class GatewayList
{
    private const DEFAULTS = [
        'worker' => '', 'task' => '', 'id' => '', 'secret' => '', 'events' => ['open', 'message', 'close'], 'timeout' => 5.0,
        'connect_timeout' => 5.0, 'heartbeat' => '~6YOt5rW35piO~', 'heartbeat_interval' => 25.0, 'idle_limit' => 117.0,
    ];

    private const EVENTS = ['open' => 1, 'close' => 2, 'message' => 4];

    /** The class that handles the events. */
    public readonly string $handler;

    /** @var list<array{worker: string, task: string, id: string, secret: string, events: int, timeout: float, connect_timeout: float, heartbeat: string, heartbeat_interval: float, idle_limit: float}> */
    public readonly array $gateways;

    /** @var array<int, Transport> */
    private array $transports = [];

    /** @param  array<array-key, mixed>  $config */
    public function __construct(array $config)
    {
        $shared = array_filter($config, is_string(...), ARRAY_FILTER_USE_KEY);
        $this->handler = is_string($handler = $shared['handler'] ?? null) ? $handler : '';
        unset($shared['handler']);
        $gateways = [];

        foreach (array_diff_key($config, $shared, ['handler' => null]) as $own) {
            $gateways[] = self::settings($shared, is_string($own) ? ['worker' => $own, 'task' => $own] : (array) $own);
        }

        $this->gateways = $gateways;
    }

    /** Connects this worker to all gateways when it takes its first job. */
    public function register(): void
    {
        foreach ($this->gateways as $gateway) {
            add_gateway($gateway);
        }
    }

    /** The transport to the gateway with this index: the worker's own socket, or in other processes one of this object. */
    public function transport(int $index): Transport
    {
        return $this->transports[$index] ??= function_exists('Laraman\Native\gateway_command')
            ? new NativeGatewayTransport($index + 1)
            : new SocketTransport(
                preg_match('~^[^/]+:\d+$~', $task = $this->gateways[$index]['task']) === 1 ? "tcp://$task" : $task,
                $this->gateways[$index]['connect_timeout'],
                $this->gateways[$index]['timeout'],
                secret: $this->gateways[$index]['secret'],
            );
    }

    /** The index of a connection's gateway, from its id; null if no gateway matches. A single gateway always matches. */
    public function ofConnection(string $uniqId): ?int
    {
        if (count($this->gateways) === 1) {
            return 0;
        }

        $id = strtolower(substr($uniqId, 0, 12));

        foreach ($this->gateways as $index => $gateway) {
            if ($gateway['id'] === $id) {
                return $index;
            }
        }

        return null;
    }

    /** The index of the gateway with this worker or task address. */
    public function ofAddress(string $address): ?int
    {
        foreach ($this->gateways as $index => $gateway) {
            if ($gateway['worker'] === $address || $gateway['task'] === $address) {
                return $index;
            }
        }

        return null;
    }

    /** The gateway's name in results: its worker address. */
    public function address(int $index): string
    {
        return $this->gateways[$index]['worker'] !== '' ? $this->gateways[$index]['worker'] : $this->gateways[$index]['task'];
    }

    /**
     * @param  array<array-key, mixed>  $shared
     * @param  array<array-key, mixed>  $own
     * @return array{worker: string, task: string, id: string, secret: string, events: int, timeout: float, connect_timeout: float, heartbeat: string, heartbeat_interval: float, idle_limit: float}
     */
    private static function settings(array $shared, array $own): array
    {
        $settings = [...self::DEFAULTS, ...array_intersect_key($shared, self::DEFAULTS), ...$own];

        if (($unknown = array_diff_key([...$shared, ...$own], self::DEFAULTS)) !== []) {
            throw new InvalidArgumentException('laraman.gateways: unknown setting ['.array_key_first($unknown).'].');
        }

        $text = static fn (string $key): string => is_string($value = $settings[$key]) ? $value : '';
        $seconds = static fn (string $key): float => is_numeric($value = $settings[$key]) ? (float) $value : 0.0;
        $task = $text('task') !== '' ? $text('task') : $text('worker');

        if ($task === '') {
            throw new InvalidArgumentException('laraman.gateways: a gateway has neither a worker nor a task address.');
        }

        return [
            'worker' => $text('worker'),
            'task' => $task,
            'id' => $text('id') !== '' ? strtolower($text('id')) : self::idOf($task),
            'secret' => $text('secret'),
            'events' => self::events($settings['events']),
            'timeout' => $seconds('timeout'),
            'connect_timeout' => $seconds('connect_timeout'),
            'heartbeat' => $text('heartbeat'),
            'heartbeat_interval' => $seconds('heartbeat_interval'),
            'idle_limit' => $seconds('idle_limit'),
        ];
    }

    private static function events(mixed $events): int
    {
        if (is_int($events)) {
            return $events & 7;
        }

        $mask = 0;

        foreach ((array) $events as $name) {
            $mask |= is_string($name) ? self::EVENTS[$name] ?? throw new InvalidArgumentException("laraman.gateways: no such event [$name].") : 0;
        }

        return $mask;
    }

    /** The first digits of a gateway's connection ids, which encode its task address. */
    private static function idOf(string $address): string
    {
        [$host, $port] = [...explode(':', $address, 2), ''];
        $ip = ip2long($host) !== false ? $host : gethostbyname($host);

        return is_numeric($port) && ip2long($ip) !== false ? bin2hex(pack('Nn', ip2long($ip), (int) $port)) : '';
    }
}
