<?php

declare(strict_types=1);

namespace App\Sockets;

use App\Databases\Steps;
use Laraman\Connection;
use Laraman\Message;
use Laraman\SocketHandler;

final class DatabaseSocket extends SocketHandler
{
    public function message(Connection $connection, Message $message): void
    {
        $connection->raw((string) json_encode(Steps::run(json_decode($message->text(), true, flags: JSON_THROW_ON_ERROR))));
    }
}
