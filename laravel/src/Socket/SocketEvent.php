<?php

declare(strict_types=1);

namespace Laraman\Socket;

use Illuminate\Routing\Route;
use Laraman\Connection;
use Laraman\Message;
use Laraman\Routing\SocketMeta;

/**
 * The socket event that is being handled.
 *
 * @internal
 */
final class SocketEvent
{
    /**
     * Route parameters that are bound only for middleware, with open()'s signature: the original value and the bound value.
     *
     * @var array<string, array{mixed, mixed}>
     */
    public array $lent = [];

    private ?Route $route = null;

    public function __construct(
        public readonly Connection $connection,
        public readonly Message $message,
        public readonly SocketMeta $meta,
        public readonly HandlerMethod $method,
    ) {
    }

    /** The connection's route with the parameters of its URL, for this event only. */
    public function route(): Route
    {
        return $this->route ??= $this->method->route($this->meta->parameters);
    }
}
