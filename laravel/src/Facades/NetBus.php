<?php

declare(strict_types=1);

namespace Laraman\Facades;

use Illuminate\Support\Facades\Facade;
use Laraman\NetBus\NetBus as Bus;

/**
 * Sends commands and queries to the "gateways" of config/laraman.php, with the methods of netsvr's PHP library.
 *
 * @method static void connInfoUpdate(object $connInfoUpdate)
 * @method static void connInfoDelete(object $connInfoDelete)
 * @method static void broadcast(string $data)
 * @method static void multicast(array<array-key, mixed>|string $uniqIds, string $data)
 * @method static void multicastByCustomerId(array<array-key, mixed>|string|int $customerIds, string $data)
 * @method static void singleCast(string $uniqId, string $data)
 * @method static void singleCastByCustomerId(string|int $customerId, string $data)
 * @method static void singleCastBulk(array<array-key, mixed> $params)
 * @method static void singleCastBulkByCustomerId(array<array-key, mixed> $params)
 * @method static void topicSubscribe(string $uniqId, array<array-key, mixed>|string $topics, string $data = '')
 * @method static void topicUnsubscribe(string $uniqId, array<array-key, mixed>|string $topics, string $data = '')
 * @method static void topicDelete(array<array-key, mixed>|string $topics, string $data = '')
 * @method static void topicPublish(array<array-key, mixed>|string $topics, string $data)
 * @method static void topicPublishBulk(array<array-key, mixed> $params)
 * @method static void forceOffline(array<array-key, mixed>|string $uniqIds, string $data = '')
 * @method static void forceOfflineByCustomerId(array<array-key, mixed>|string|int $customerIds, string $data = '')
 * @method static void forceOfflineGuest(array<array-key, mixed>|string $uniqIds, string $data = '', int $delay = 0)
 * @method static array<array-key, mixed> checkOnline(array<array-key, mixed>|string $uniqIds)
 * @method static array<array-key, mixed> uniqIdList()
 * @method static array<array-key, mixed> uniqIdCount()
 * @method static array<array-key, mixed> topicCount()
 * @method static array<array-key, mixed> topicList()
 * @method static array<array-key, mixed> topicUniqIdList(array<array-key, mixed>|string $topics)
 * @method static array<array-key, mixed> topicUniqIdCount(array<array-key, mixed>|string $topics, bool $allTopic = false)
 * @method static array<array-key, mixed> topicCustomerIdList(array<array-key, mixed>|string $topics)
 * @method static array<array-key, mixed> topicCustomerIdToUniqIdsList(array<array-key, mixed>|string $topics)
 * @method static array<array-key, mixed> topicCustomerIdCount(array<array-key, mixed>|string $topics, bool $allTopic = false)
 * @method static array<array-key, mixed> connInfo(array<array-key, mixed>|string $uniqIds, bool $reqCustomerId = true, bool $reqSession = true, bool $reqTopic = true)
 * @method static array<array-key, mixed> connInfoByCustomerId(array<array-key, mixed>|string|int $customerIds, bool $reqUniqId = true, bool $reqSession = true, bool $reqTopic = true)
 * @method static array<array-key, mixed> metrics(int $precision = 3)
 * @method static array<array-key, mixed> limit(object|null $limitReq = null, string $workerAddr = '')
 * @method static array<array-key, mixed> customerIdList()
 * @method static array<array-key, mixed> customerIdCount()
 *
 * @see Bus
 */
final class NetBus extends Facade
{
    protected static function getFacadeAccessor(): string
    {
        return Bus::class;
    }
}
