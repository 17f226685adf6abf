<?php

declare(strict_types=1);

namespace Laraman\NetBus;

use Illuminate\Foundation\Application;
use Laraman\Native\EventJob;
use Laraman\Worker\HandlerOutput;
use LogicException;

/**
 * Passes events of the gateways in config/laraman.php to the application's handler class: calls onOpen, onMessage or
 * onClose, if the class has the method.
 */
final class Business
{
    public function __construct(private readonly GatewayList $gateways)
    {
    }

    /** Connects this worker to the gateways when it takes its first job. */
    public function register(): void
    {
        if ($this->gateways->gateways !== [] && ! class_exists($this->gateways->handler)) {
            throw new LogicException("laraman.gateways: there is no handler class [{$this->gateways->handler}].");
        }

        $this->gateways->register();
    }

    public function handle(Application $app, EventJob $event): void
    {
        $handler = $app->make($this->gateways->handler);
        $method = ['open' => 'onOpen', 'message' => 'onMessage', 'close' => 'onClose'][$event->type];

        if (is_object($handler) && is_callable($call = [$handler, $method])) {
            HandlerOutput::collect("handler=$method connection=$event->connection", static fn () => $call(self::message($event)));
        }
    }

    private static function message(EventJob $event): ConnOpen|Transfer|ConnClose
    {
        return match ($event->type) {
            'open' => new ConnOpen($event->connection, $event->query, $event->forwardedFor, $event->realIp, $event->remoteAddress),
            'message' => new Transfer($event->connection, $event->user, $event->session, $event->channels, $event->data),
            'close' => new ConnClose($event->connection, $event->user, $event->session, $event->channels),
        };
    }
}
