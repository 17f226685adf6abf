<?php

declare(strict_types=1);

namespace App\NetBus;

use Laraman\Facades\NetBus;
use Laraman\NetBus\ConnClose;
use Laraman\NetBus\ConnInfoDelete;
use Laraman\NetBus\ConnInfoUpdate;
use Laraman\NetBus\ConnOpen;
use Laraman\NetBus\LimitReq;
use Laraman\NetBus\Transfer;
use RuntimeException;

/**
 * A chat in the style of businesses with netsvr's PHP library: one room, over all gateways. A message {"call": name,
 * "with": […]} is answered with what that method of NetBus returns.
 */
final class Chat
{
    public function onOpen(ConnOpen $open): void
    {
        parse_str($open->getRawQuery(), $query);
        $name = is_string($query['name'] ?? null) ? $query['name'] : 'nobody';
        NetBus::connInfoUpdate((new ConnInfoUpdate)->setUniqId($open->getUniqId())->setNewCustomerId($name)->setNewSession("session of $name"));
        NetBus::topicSubscribe($open->getUniqId(), ['room', "$name's own"]);
        NetBus::topicPublish('room', "$name is here");
        file_put_contents(storage_path('netbus.log'), "open {$open->serializeToJsonString()}\n", FILE_APPEND | LOCK_EX);
    }

    public function onMessage(Transfer $transfer): void
    {
        $message = json_decode($transfer->getData(), true);

        if (! is_array($message)) {
            $transfer->getData() === 'throw' && throw new RuntimeException('thrown in a business');
            NetBus::topicPublish('room', "{$transfer->getCustomerId()}: {$transfer->getData()}");

            return;
        }

        $arguments = array_map($this->argument(...), (array) $message['with']);
        $answer = NetBus::{$message['call']}(...$arguments);
        NetBus::singleCast($transfer->getUniqId(), (string) json_encode(['answer' => $answer]));
    }

    public function onClose(ConnClose $close): void
    {
        NetBus::topicPublish('room', "{$close->getCustomerId()} has left");
        file_put_contents(storage_path('netbus.log'), "close {$close->serializeToJsonString()}\n", FILE_APPEND | LOCK_EX);
    }

    private function argument(mixed $argument): mixed
    {
        return match (true) {
            is_array($argument) && isset($argument['limit']) => (new LimitReq)->setOnOpen($argument['limit']),
            is_array($argument) && isset($argument['forget']) => (new ConnInfoDelete)->setUniqId($argument['forget'])->setDelSession(true),
            default => $argument,
        };
    }
}
