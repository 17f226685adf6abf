<?php

declare(strict_types=1);

namespace App\Sockets;

use App\Http\Controllers\IsolationController;
use App\Isolation\Kinds;
use Laraman\Connection;
use Laraman\Message;
use Laraman\SocketHandler;

/** "read", "end HOW", or the name of a kind to change. */
final class IsolationSocket extends SocketHandler
{
    public function message(Connection $connection, Message $message): void
    {
        if (str_starts_with($message->text(), 'end ')) {
            app(IsolationController::class)->end(substr($message->text(), 4));
            $connection->raw('ended');

            return;
        }

        if ($message->text() !== 'read') {
            Kinds::change($message->text());
        }

        $connection->raw($message->text() === 'read' ? json_encode(['values' => Kinds::read(), 'pid' => getmypid()], JSON_THROW_ON_ERROR) : 'changed');
    }
}
