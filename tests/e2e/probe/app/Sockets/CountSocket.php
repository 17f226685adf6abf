<?php

declare(strict_types=1);

namespace App\Sockets;

use Illuminate\Http\Request;
use Laraman\Connection;
use Laraman\Facades\Gateway;
use Laraman\Message;
use Laraman\SocketHandler;
use RuntimeException;

/**
 * Records each event in a file when it begins, and answers "<number> <version> <pid>". A message is "<number> <verb>
 * <argument>". `?wait=` is the duration of open() in milliseconds; with `?alone=1` it closes the user's other sockets.
 */
final class CountSocket extends SocketHandler
{
    public const VERSION = 1;

    public function open(Connection $connection, Request $request): void
    {
        $connection->setSession((string) $request->query('name'));
        usleep(1000 * (int) $request->query('wait'));

        if ($request->query('alone') !== null) {
            Gateway::user($request->user())->close(4003, 'opened elsewhere');
        }
    }

    public function message(Connection $connection, Message $message): void
    {
        [$number, $verb, $argument] = explode(' ', $message->text().'  ');
        self::note("message {$connection->session()} $number");

        if ($argument === 'late') {
            usleep(300_000);
        }

        match ($verb) {
            'die' => posix_kill(getmypid(), SIGKILL),
            'sleep' => usleep(400_000),
            'id' => $connection->raw($connection->id),
            'close' => $connection->close(4001, 'as it wished'),
            'throw' => throw new RuntimeException('thrown in a socket handler'),
            'exit' => exit,
            'fatal' => eval('class stdClass {}'),
            'memory' => str_repeat('x', 1 << 40),
            'segfault' => posix_kill(getmypid(), SIGSEGV),
            'kick' => Gateway::connection($argument)->close(4003, 'kicked'),
            'raw' => $connection->raw(str_repeat('x', (int) $argument)),
            'session' => $connection->setSession(str_repeat('x', (int) $argument)),
            default => null,
        };

        $connection->raw(implode(' ', [$number, self::VERSION, getmypid()]));
    }

    public function close(Connection $connection): void
    {
        self::note("close {$connection->session()} 0");
    }

    private static function note(string $line): void
    {
        file_put_contents(storage_path('count.log'), "$line\n", FILE_APPEND);
    }
}
