<?php

declare(strict_types=1);

namespace App\Sockets;

use Illuminate\Http\Request;
use Laraman\Connection;
use Laraman\Message;
use Laraman\SocketHandler;

/** Prints in all ways. */
final class PrintingSocket extends SocketHandler
{
    public function open(Connection $connection, Request $request): void
    {
        $connection->raw('opened');
        echo 'echoed in open';

        match ($request->query('how')) {
            'dump' => dump(['dumped in open' => '<b>']),
            'flush' => [ob_flush(), flush(), print 'after the flush'],
            'unbuffered' => [self::closeBuffers(), print "unbuffered in open\n"],
            'notice' => [ini_set('display_errors', '1'), restore_error_handler(), $undefined ?? null, hex2bin('0')],
            'dd' => dd('died in open'),
            default => null,
        };
    }

    public function message(Connection $connection, Message $message): void
    {
        echo 'echoed in message';
        $message->text() === 'dump' && dump(['dumped in message' => '<b>']);
        $connection->raw('handled');
    }

    private static function closeBuffers(): void
    {
        while (ob_get_level() > 0) {
            ob_end_clean();
        }
    }
}
