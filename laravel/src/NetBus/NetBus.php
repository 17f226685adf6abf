<?php

declare(strict_types=1);

namespace Laraman\NetBus;

use InvalidArgumentException;
use Laraman\Exceptions\GatewayUnavailable;
use Laraman\Gateway\Argument;
use Laraman\Gateway\Command;
use Laraman\Gateway\Protobuf;

/**
 * Sends every command and query of netsvr's protocol to the gateways in config/laraman.php, with the method names, arguments
 * and results of netsvr's PHP library version 4. Commands about a connection go to the gateway of its id; commands about
 * users, topics or all connections go to every gateway. The numbers below are field numbers of proto/netsvr.proto.
 *
 * An invalid argument causes an InvalidArgumentException before anything is sent.
 *
 * If a gateway cannot be reached, the others still get the command; then GatewayUnavailable is thrown.
 */
final class NetBus
{
    public function __construct(private readonly GatewayList $gateways)
    {
    }

    /** @param  object  $connInfoUpdate  Laraman\NetBus\ConnInfoUpdate, or the protobuf class of that name */
    public function connInfoUpdate(object $connInfoUpdate): void
    {
        $this->toGatewayOf(self::text($connInfoUpdate, 'getUniqId'), Command::CONN_INFO_UPDATE, self::text($connInfoUpdate, 'serializeToString'));
    }

    /** @param  object  $connInfoDelete  Laraman\NetBus\ConnInfoDelete, or the protobuf class of that name */
    public function connInfoDelete(object $connInfoDelete): void
    {
        $this->toGatewayOf(self::text($connInfoDelete, 'getUniqId'), Command::CONN_INFO_DELETE, self::text($connInfoDelete, 'serializeToString'));
    }

    public function broadcast(string $data): void
    {
        $this->toAll(Command::BROADCAST, Protobuf::bytes(1, $data));
    }

    /** @param  array<array-key, string>|string  $uniqIds */
    public function multicast(array|string $uniqIds, string $data): void
    {
        $this->toGatewaysOf(
            self::strings($uniqIds, 'uniqIds'), Command::MULTICAST,
            static fn (array $ids): string => Protobuf::repeated(1, $ids).Protobuf::bytes(2, $data),
        );
    }

    /** @param  array<array-key, string|int>|string|int  $customerIds */
    public function multicastByCustomerId(array|string|int $customerIds, string $data): void
    {
        $this->toAll(Command::MULTICAST_BY_CUSTOMER_ID, Protobuf::repeated(1, self::strings($customerIds, 'customerIds')).Protobuf::bytes(2, $data));
    }

    public function singleCast(string $uniqId, string $data): void
    {
        $this->toGatewayOf($uniqId, Command::SINGLE_CAST, Protobuf::bytes(1, Argument::text($uniqId, 'uniqId')).Protobuf::bytes(2, $data));
    }

    public function singleCastByCustomerId(string|int $customerId, string $data): void
    {
        $this->toAll(Command::SINGLE_CAST_BY_CUSTOMER_ID, Protobuf::bytes(1, Argument::text((string) $customerId, 'customerId')).Protobuf::bytes(2, $data));
    }

    /**
     * Sends several messages: all to one connection (one id in `uniqIds`), or one to each connection (as many `data` as
     * `uniqIds`, or data by id).
     *
     * @param  array<array-key, mixed>  $params  ['uniqIds' => …, 'data' => …], or [uniqId => data]
     */
    public function singleCastBulk(array $params): void
    {
        [$uniqIds, $data] = self::pairs($params, 'uniqIds');

        if (count($uniqIds) === 1) {
            $this->toGatewayOf($uniqIds[0], Command::SINGLE_CAST_BULK, Protobuf::repeated(1, $uniqIds).Protobuf::repeated(2, $data));

            return;
        }

        $this->toGatewaysOf($uniqIds, Command::SINGLE_CAST_BULK, static fn (array $ids, array $places): string => Protobuf::repeated(1, $ids)
            .Protobuf::repeated(2, array_map(static fn (int $place): string => $data[$place] ?? '', $places)));
    }

    /** @param  array<array-key, mixed>  $params  ['customerIds' => …, 'data' => …], or [customerId => data] */
    public function singleCastBulkByCustomerId(array $params): void
    {
        [$customerIds, $data] = self::pairs($params, 'customerIds');
        $this->toAll(Command::SINGLE_CAST_BULK_BY_CUSTOMER_ID, Protobuf::repeated(1, $customerIds).Protobuf::repeated(2, $data));
    }

    /** @param  array<array-key, string>|string  $topics */
    public function topicSubscribe(string $uniqId, array|string $topics, string $data = ''): void
    {
        $this->toGatewayOf($uniqId, Command::TOPIC_SUBSCRIBE, Protobuf::bytes(1, Argument::text($uniqId, 'uniqId')).Protobuf::repeated(2, self::strings($topics, 'topics')).Protobuf::bytes(3, $data));
    }

    /** @param  array<array-key, string>|string  $topics */
    public function topicUnsubscribe(string $uniqId, array|string $topics, string $data = ''): void
    {
        $this->toGatewayOf($uniqId, Command::TOPIC_UNSUBSCRIBE, Protobuf::bytes(1, Argument::text($uniqId, 'uniqId')).Protobuf::repeated(2, self::strings($topics, 'topics')).Protobuf::bytes(3, $data));
    }

    /** @param  array<array-key, string>|string  $topics */
    public function topicDelete(array|string $topics, string $data = ''): void
    {
        $this->toAll(Command::TOPIC_DELETE, Protobuf::repeated(1, self::strings($topics, 'topics')).Protobuf::bytes(2, $data));
    }

    /** @param  array<array-key, string>|string  $topics */
    public function topicPublish(array|string $topics, string $data): void
    {
        $this->toAll(Command::TOPIC_PUBLISH, Protobuf::repeated(1, self::strings($topics, 'topics')).Protobuf::bytes(2, $data));
    }

    /** @param  array<array-key, mixed>  $params  ['topics' => …, 'data' => …], or [topic => data] */
    public function topicPublishBulk(array $params): void
    {
        [$topics, $data] = self::pairs($params, 'topics');
        $this->toAll(Command::TOPIC_PUBLISH_BULK, Protobuf::repeated(1, $topics).Protobuf::repeated(2, $data));
    }

    /** @param  array<array-key, string>|string  $uniqIds */
    public function forceOffline(array|string $uniqIds, string $data = ''): void
    {
        $this->toGatewaysOf(
            self::strings($uniqIds, 'uniqIds'), Command::FORCE_OFFLINE,
            static fn (array $ids): string => Protobuf::repeated(1, $ids).Protobuf::bytes(2, $data),
        );
    }

    /** @param  array<array-key, string|int>|string|int  $customerIds */
    public function forceOfflineByCustomerId(array|string|int $customerIds, string $data = ''): void
    {
        $this->toAll(Command::FORCE_OFFLINE_BY_CUSTOMER_ID, Protobuf::repeated(1, self::strings($customerIds, 'customerIds')).Protobuf::bytes(2, $data));
    }

    /**
     * @param  array<array-key, string>|string  $uniqIds
     * @param  int  $delay  seconds
     */
    public function forceOfflineGuest(array|string $uniqIds, string $data = '', int $delay = 0): void
    {
        Argument::between($delay, 0, 2147483647, 'delay');
        $this->toGatewaysOf(
            self::strings($uniqIds, 'uniqIds'), Command::FORCE_OFFLINE_GUEST,
            static fn (array $ids): string => Protobuf::repeated(1, $ids).Protobuf::integer(2, $delay).Protobuf::bytes(3, $data),
        );
    }

    /**
     * @param  array<array-key, string>|string  $uniqIds
     * @return list<string> the ids of open connections
     */
    public function checkOnline(array|string $uniqIds): array
    {
        $online = [];

        foreach ($this->byGateway(self::strings($uniqIds, 'uniqIds')) as $index => ['ids' => $ids]) {
            $online = [...$online, ...Protobuf::strings($this->ask($index, Command::CHECK_ONLINE, Protobuf::repeated(1, $ids)), 1)];
        }

        return $online;
    }

    /** @return list<array{workerAddr: string, uniqIds: list<string>}> */
    public function uniqIdList(): array
    {
        return array_map(
            static fn (array $answer): array => ['workerAddr' => $answer[0], 'uniqIds' => Protobuf::strings($answer[1], 1)],
            $this->askAll(Command::UNIQ_ID_LIST),
        );
    }

    /** @return list<array{workerAddr: string, count: int}> */
    public function uniqIdCount(): array
    {
        return array_map(
            static fn (array $answer): array => ['workerAddr' => $answer[0], 'count' => Protobuf::number($answer[1], 1)],
            $this->askAll(Command::UNIQ_ID_COUNT),
        );
    }

    /** @return list<array{workerAddr: string, count: int}> */
    public function topicCount(): array
    {
        return array_map(
            static fn (array $answer): array => ['workerAddr' => $answer[0], 'count' => Protobuf::number($answer[1], 1)],
            $this->askAll(Command::TOPIC_COUNT),
        );
    }

    /** @return list<array{workerAddr: string, topics: list<string>}> */
    public function topicList(): array
    {
        return array_map(
            static fn (array $answer): array => ['workerAddr' => $answer[0], 'topics' => Protobuf::strings($answer[1], 1)],
            $this->askAll(Command::TOPIC_LIST),
        );
    }

    /**
     * @param  array<array-key, string>|string  $topics
     * @return list<array{workerAddr: string, items: list<array{topic: string, uniqIds: list<string>}>}>
     */
    public function topicUniqIdList(array|string $topics): array
    {
        $lists = [];

        foreach ($this->askAll(Command::TOPIC_UNIQ_ID_LIST, Protobuf::repeated(1, self::strings($topics, 'topics'))) as [$address, $reply]) {
            $items = [];

            foreach (Protobuf::map($reply, 2, '') as $topic => $item) {
                $items[] = ['topic' => (string) $topic, 'uniqIds' => Protobuf::strings((string) $item, 1)];
            }

            $lists[] = ['workerAddr' => $address, 'items' => $items];
        }

        return $lists;
    }

    /**
     * @param  array<array-key, string>|string  $topics
     * @param  bool  $allTopic  count all topics, and ignore `topics`
     * @return list<array{workerAddr: string, items: list<array{topic: string, count: int}>}>
     */
    public function topicUniqIdCount(array|string $topics, bool $allTopic = false): array
    {
        return array_map(
            static fn (array $answer): array => ['workerAddr' => $answer[0], 'items' => self::topicCounts($answer[1])],
            $this->askAll(Command::TOPIC_UNIQ_ID_COUNT, Protobuf::repeated(1, self::strings($topics, 'topics')).Protobuf::integer(2, $allTopic)),
        );
    }

    /**
     * @param  array<array-key, string>|string  $topics
     * @return list<array{workerAddr: string, items: list<array{topic: string, customerIds: list<string>}>}>
     */
    public function topicCustomerIdList(array|string $topics): array
    {
        $lists = [];

        foreach ($this->askAll(Command::TOPIC_CUSTOMER_ID_LIST, Protobuf::repeated(1, self::strings($topics, 'topics'))) as [$address, $reply]) {
            $items = [];

            foreach (Protobuf::map($reply, 1, '') as $topic => $item) {
                $items[] = ['topic' => (string) $topic, 'customerIds' => Protobuf::strings((string) $item, 1)];
            }

            $lists[] = ['workerAddr' => $address, 'items' => $items];
        }

        return $lists;
    }

    /**
     * @param  array<array-key, string>|string  $topics
     * @return list<array{workerAddr: string, items: list<array{topic: string, items: list<array{customerId: string, uniqIds: list<string>}>}>}>
     */
    public function topicCustomerIdToUniqIdsList(array|string $topics): array
    {
        $lists = [];

        foreach ($this->askAll(Command::TOPIC_CUSTOMER_ID_TO_UNIQ_IDS_LIST, Protobuf::repeated(1, self::strings($topics, 'topics'))) as [$address, $reply]) {
            $items = [];

            foreach (Protobuf::map($reply, 1, '') as $topic => $customers) {
                $of = [];

                foreach (Protobuf::map((string) $customers, 1, '') as $customerId => $item) {
                    $of[] = ['customerId' => (string) $customerId, 'uniqIds' => Protobuf::strings((string) $item, 1)];
                }

                $items[] = ['topic' => (string) $topic, 'items' => $of];
            }

            $lists[] = ['workerAddr' => $address, 'items' => $items];
        }

        return $lists;
    }

    /**
     * @param  array<array-key, string>|string  $topics
     * @param  bool  $allTopic  count all topics, and ignore `topics`
     * @return list<array{workerAddr: string, items: list<array{topic: string, count: int}>}>
     */
    public function topicCustomerIdCount(array|string $topics, bool $allTopic = false): array
    {
        return array_map(
            static fn (array $answer): array => ['workerAddr' => $answer[0], 'items' => self::topicCounts($answer[1])],
            $this->askAll(Command::TOPIC_CUSTOMER_ID_COUNT, Protobuf::repeated(1, self::strings($topics, 'topics')).Protobuf::integer(2, $allTopic)),
        );
    }

    /**
     * @param  array<array-key, string>|string  $uniqIds
     * @return array<string, array{customerId: string, session: string, topics: list<string>}> by connection id
     */
    public function connInfo(array|string $uniqIds, bool $reqCustomerId = true, bool $reqSession = true, bool $reqTopic = true): array
    {
        $infos = [];

        foreach ($this->byGateway(self::strings($uniqIds, 'uniqIds')) as $index => ['ids' => $ids]) {
            $reply = $this->ask($index, Command::CONN_INFO, Protobuf::repeated(1, $ids).Protobuf::integer(2, $reqSession)
                .Protobuf::integer(3, $reqCustomerId).Protobuf::integer(4, $reqTopic));

            foreach (Protobuf::map($reply, 1, '') as $uniqId => $item) {
                $infos[(string) $uniqId] = [
                    'customerId' => self::field((string) $item, 2),
                    'session' => self::field((string) $item, 1),
                    'topics' => Protobuf::strings((string) $item, 3),
                ];
            }
        }

        return $infos;
    }

    /**
     * @param  array<array-key, string|int>|string|int  $customerIds
     * @return array<array-key, list<array{uniqId: string, session: string, topics: list<string>}>> by customer, of all gateways
     */
    public function connInfoByCustomerId(array|string|int $customerIds, bool $reqUniqId = true, bool $reqSession = true, bool $reqTopic = true): array
    {
        $infos = [];
        $message = Protobuf::repeated(1, self::strings($customerIds, 'customerIds')).Protobuf::integer(2, $reqSession).Protobuf::integer(3, $reqUniqId)
            .Protobuf::integer(4, $reqTopic);

        foreach (array_keys($this->gateways->gateways) as $index) {
            foreach (Protobuf::map($this->ask($index, Command::CONN_INFO_BY_CUSTOMER_ID, $message), 1, '') as $customerId => $items) {
                foreach (Protobuf::strings((string) $items, 1) as $item) {
                    $infos[$customerId][] = ['uniqId' => self::field($item, 2), 'session' => self::field($item, 1), 'topics' => Protobuf::strings($item, 3)];
                }
            }
        }

        return $infos;
    }

    /**
     * @param  int  $precision  decimal places of the rates
     * @return list<array{workerAddr: string, item: int, count: int, meanRate: float, rate1: float, rate5: float, rate15: float}>
     */
    public function metrics(int $precision = 3): array
    {
        $metrics = [];

        foreach (array_keys($this->gateways->gateways) as $index) {
            foreach (Protobuf::fields($this->ask($index, Command::METRICS))[1] ?? [] as $entry) {
                $item = self::field((string) $entry, 2);
                $rate = static fn (int $field): float => round(self::float($item, $field), $precision);
                $metrics[] = [
                    'workerAddr' => $this->gateways->address($index),
                    'item' => Protobuf::number($item, 1),
                    'count' => Protobuf::number($item, 2),
                    'meanRate' => $rate(3),
                    'rate1' => $rate(5),
                    'rate5' => $rate(7),
                    'rate15' => $rate(9),
                ];
            }
        }

        return $metrics;
    }

    /**
     * Sets and returns the limits per second.
     *
     * @param  object|null  $limitReq  Laraman\NetBus\LimitReq, or the protobuf class of that name; null only returns the limits
     * @param  string  $workerAddr  worker address of one gateway; empty: all gateways
     * @return list<array{workerAddr: string, onMessage: int, onOpen: int}>
     */
    public function limit(?object $limitReq = null, string $workerAddr = ''): array
    {
        $message = $limitReq === null ? '' : self::text($limitReq, 'serializeToString');
        $limits = [];

        foreach (array_keys($this->gateways->gateways) as $index) {
            if ($workerAddr === '' || $this->gateways->ofAddress($workerAddr) === $index) {
                $reply = $this->ask($index, Command::LIMIT, $message);
                $limits[] = [
                    'workerAddr' => $this->gateways->address($index),
                    'onMessage' => Protobuf::number($reply, 2),
                    'onOpen' => Protobuf::number($reply, 1),
                ];
            }
        }

        return $limits;
    }

    /** @return list<array{workerAddr: string, customerIds: list<string>}> */
    public function customerIdList(): array
    {
        return array_map(
            static fn (array $answer): array => ['workerAddr' => $answer[0], 'customerIds' => Protobuf::strings($answer[1], 1)],
            $this->askAll(Command::CUSTOMER_ID_LIST),
        );
    }

    /** @return list<array{workerAddr: string, count: int}> */
    public function customerIdCount(): array
    {
        return array_map(
            static fn (array $answer): array => ['workerAddr' => $answer[0], 'count' => Protobuf::number($answer[1], 1)],
            $this->askAll(Command::CUSTOMER_ID_COUNT),
        );
    }

    /**
     * @param  list<int>  $gateways
     * @param  callable(int): string  $message  for each gateway
     */
    private function send(array $gateways, int $id, callable $message): void
    {
        $failure = null;

        foreach ($gateways as $index) {
            try {
                $this->gateways->transport($index)->command($id, $message($index));
            } catch (GatewayUnavailable $e) {
                $failure ??= $e;
            }
        }

        if ($failure !== null) {
            throw $failure;
        }
    }

    private function toAll(int $id, string $message): void
    {
        $this->send(array_keys($this->gateways->gateways), $id, static fn (): string => $message);
    }

    private function toGatewayOf(string $uniqId, int $id, string $message): void
    {
        if (($index = $this->gateways->ofConnection($uniqId)) !== null) {
            $this->send([$index], $id, static fn (): string => $message);
        }
    }

    /**
     * @param  list<string>  $uniqIds
     * @param  callable(list<string>, list<int>): string  $message  message for these ids, with their indexes in the whole list
     */
    private function toGatewaysOf(array $uniqIds, int $id, callable $message): void
    {
        $groups = $this->byGateway($uniqIds);
        $this->send(array_keys($groups), $id, static fn (int $index): string => $message($groups[$index]['ids'], $groups[$index]['places']));
    }

    /**
     * @param  list<string>  $uniqIds
     * @return array<int, array{ids: list<string>, places: list<int>}>
     */
    private function byGateway(array $uniqIds): array
    {
        $groups = [];

        foreach ($uniqIds as $place => $uniqId) {
            if (($index = $this->gateways->ofConnection($uniqId)) !== null) {
                $groups[$index]['ids'][] = $uniqId;
                $groups[$index]['places'][] = $place;
            }
        }

        return $groups;
    }

    private function ask(int $index, int $id, string $message = ''): string
    {
        return $this->gateways->transport($index)->query($id, $message);
    }

    /** @return list<array{string, string}> the address and the reply of each gateway */
    private function askAll(int $id, string $message = ''): array
    {
        $answers = [];

        foreach (array_keys($this->gateways->gateways) as $index) {
            $answers[] = [$this->gateways->address($index), $this->ask($index, $id, $message)];
        }

        return $answers;
    }

    /** @return list<array{topic: string, count: int}> */
    private static function topicCounts(string $reply): array
    {
        $counts = [];

        foreach (Protobuf::map($reply, 1, 0) as $topic => $count) {
            $counts[] = ['topic' => (string) $topic, 'count' => (int) $count];
        }

        return $counts;
    }

    private static function field(string $message, int $field): string
    {
        return (string) (Protobuf::fields($message)[$field][0] ?? '');
    }

    private static function float(string $message, int $field): float
    {
        $bytes = Protobuf::fields($message)[$field][0] ?? '';
        $value = is_string($bytes) && strlen($bytes) === 4 ? unpack('g', $bytes) : false;

        return is_array($value) && is_float($value[1]) ? $value[1] : 0.0;
    }

    /**
     * @return list<string>
     *
     * @throws InvalidArgumentException
     */
    private static function strings(mixed $values, string $argument): array
    {
        return array_map(
            static fn (mixed $value): string => is_string($value) || is_int($value)
                ? Argument::text((string) $value, $argument)
                : throw Argument::invalid($argument, 'has a '.get_debug_type($value).'; it must be a string or a list of strings'),
            is_array($values) ? array_values($values) : [$values],
        );
    }

    /**
     * Receivers and messages: equally many of both, or several messages to one receiver.
     *
     * @param  array<array-key, mixed>  $params
     * @return array{list<string>, list<string>}
     *
     * @throws InvalidArgumentException
     */
    private static function pairs(array $params, string $names): array
    {
        [$receivers, $data] = isset($params[$names], $params['data']) ? [$params[$names], $params['data']] : [array_keys($params), $params];
        $receivers = self::strings($receivers, 'params');
        $data = array_map(
            static fn (mixed $value): string => is_scalar($value) ? (string) $value : throw Argument::invalid('params', 'has a '.get_debug_type($value).' as data'),
            is_array($data) ? array_values($data) : [$data],
        );

        return count($receivers) === 1 || count($receivers) === count($data)
            ? [$receivers, $data]
            : throw Argument::invalid('params', sprintf('has %d %s and %d data', count($receivers), $names, count($data)));
    }

    private static function text(object $message, string $method): string
    {
        $value = is_callable($call = [$message, $method]) ? $call() : null;

        return is_string($value) ? $value : '';
    }
}
