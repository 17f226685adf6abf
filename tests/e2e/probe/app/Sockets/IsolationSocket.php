<?php

declare(strict_types=1);

namespace App\Sockets;

use App\Http\Controllers\IsolationController;
use App\Isolation\Kinds;
use Laraman\Connection;
use Laraman\Message;
use Laraman\SocketHandler;

/** "read FILE", "change FILE KIND" or "end HOW". */
final class IsolationSocket extends SocketHandler
{
    public function message(Connection $connection, Message $message): void
    {
        [$what, $of, $kind] = explode(' ', $message->text(), 3) + [2 => ''];

        match ($what) {
            'end' => app(IsolationController::class)->end($of),
            'change' => Kinds::change($of, $kind),
            default => null,
        };

        $connection->raw($what === 'read' ? json_encode(['values' => Kinds::read($of), 'pid' => getmypid()], JSON_THROW_ON_ERROR) : 'done');
    }
}
