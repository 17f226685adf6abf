<?php

declare(strict_types=1);

namespace Laraman\Worker\Resets;

use Illuminate\Foundation\Application;
use Illuminate\Log\Logger;
use Illuminate\Log\LogManager;
use Laraman\Worker\Reset;
use Monolog\ResettableInterface;

/**
 * The context shared by log channels, and what Monolog's processors and handlers have gathered.
 */
final class LogState implements Reset
{
    private readonly ?LogManager $log;

    public function __construct(Application $base)
    {
        $log = $base->bound('log') ? $base->make('log') : null;
        $this->log = $log instanceof LogManager ? $log : null;
    }

    public function reset(Application $sandbox): void
    {
        if ($this->log === null) {
            return;
        }

        if ($this->log->sharedContext() !== []) {
            $this->log->flushSharedContext();
        }

        foreach ($this->log->getChannels() as $channel) {
            if ($channel instanceof Logger) {
                $channel->withoutContext();
                $logger = $channel->getLogger();

                if ($logger instanceof ResettableInterface) {
                    $logger->reset();
                }
            }
        }
    }
}
