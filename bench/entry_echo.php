<?php

/*
 * The same echo as the example application's, in plain PHP: `laraman start --entry bench/entry_echo.php`.
 */

declare(strict_types=1);

use Laraman\Native\EventJob;
use Laraman\Native\RequestJob;

use function Laraman\Native\command;

const SINGLE_CAST = 900002006; // proto/netsvr.proto

$field = static function (int $number, string $value): string {
    $length = strlen($value);
    $size = '';
    for (; $length > 0x7F; $length >>= 7) {
        $size .= chr($length & 0x7F | 0x80);
    }

    return chr($number << 3 | 2).$size.chr($length).$value;
};

return [
    'request' => static fn (RequestJob $job): array => $job->isHandshake
        ? [200, ['Content-Type' => 'application/websocket-events', 'Sec-WebSocket-Extensions' => 'grip'], "OPEN\r\n"]
        : [200, ['Content-Type' => 'text/plain'], "ready\n"],
    'message' => static fn (EventJob $event) => command(SINGLE_CAST, $field(1, $event->connection).$field(2, $event->data)),
];
