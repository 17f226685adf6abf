<?php

declare(strict_types=1);

namespace Laraman\Gateway;

/**
 * Ids of the netsvr commands and queries that the package uses; proto/netsvr.proto defines their messages.
 */
final class Command
{
    public const CONN_INFO_UPDATE = 900002001;

    public const CONN_INFO_DELETE = 900002002;

    public const BROADCAST = 900002003;

    public const MULTICAST = 900002004;

    public const MULTICAST_BY_CUSTOMER_ID = 900002005;

    public const SINGLE_CAST = 900002006;

    public const SINGLE_CAST_BULK = 900002007;

    public const SINGLE_CAST_BY_CUSTOMER_ID = 900002008;

    public const SINGLE_CAST_BULK_BY_CUSTOMER_ID = 900002009;

    public const TOPIC_SUBSCRIBE = 900002010;

    public const TOPIC_UNSUBSCRIBE = 900002011;

    public const TOPIC_DELETE = 900002012;

    public const TOPIC_PUBLISH = 900002013;

    public const TOPIC_PUBLISH_BULK = 900002014;

    public const FORCE_OFFLINE = 900002015;

    public const FORCE_OFFLINE_BY_CUSTOMER_ID = 900002016;

    public const FORCE_OFFLINE_GUEST = 900002017;

    public const CHECK_ONLINE = 900003003;

    public const CUSTOMER_ID_LIST = 900003004;

    public const CUSTOMER_ID_COUNT = 900003005;

    public const UNIQ_ID_LIST = 900003006;

    public const UNIQ_ID_COUNT = 900003007;

    public const TOPIC_LIST = 900003008;

    public const TOPIC_COUNT = 900003009;

    public const TOPIC_UNIQ_ID_LIST = 900003010;

    public const TOPIC_UNIQ_ID_COUNT = 900003011;

    public const TOPIC_CUSTOMER_ID_LIST = 900003012;

    public const TOPIC_CUSTOMER_ID_TO_UNIQ_IDS_LIST = 900003013;

    public const TOPIC_CUSTOMER_ID_COUNT = 900003014;

    public const CONN_INFO = 900003015;

    public const CONN_INFO_BY_CUSTOMER_ID = 900003016;

    public const METRICS = 900003017;

    public const LIMIT = 900003018;

    public const AUTHENTICATE = 900004003;

    public const LOGIN_CLOSE = 900004005;

    public const LOGIN_UPDATE = 900004006;

    public const FRAME_LIMIT = 900004007;

    public const REFUSED = 900004008;

    public const CHANNELS_UPDATE = 900004011;
}
