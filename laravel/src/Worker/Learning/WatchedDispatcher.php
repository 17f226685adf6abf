<?php

declare(strict_types=1);

namespace Laraman\Worker\Learning;

use Closure;
use Illuminate\Events\Dispatcher;
use Illuminate\Events\QueuedClosure;
use Illuminate\Foundation\Application;

/**
 * Laravel's event dispatcher, which also reports new listeners for the boot of models, since some models have booted before
 * the job (BootedModels).
 */
final class WatchedDispatcher extends Dispatcher
{
    /** @var list<string> models that boot in this job */
    private array $unbooted = [];

    /** Replaces Laravel's own dispatcher in an application that has not used it yet. */
    public static function install(Application $app): void
    {
        if ($app->resolved('events')) {
            return;
        }

        $app->extend('events', static function (object $events, Application $app): object {
            if ($events::class !== Dispatcher::class) {
                return $events;
            }

            $watched = new self($app);
            /** @var array<string, mixed> $state */
            $state = Closure::bind(fn (): array => get_object_vars($this), $events, Dispatcher::class)();
            Closure::bind(function () use ($state): void {
                foreach ($state as $name => $value) {
                    $this->$name = $value;
                }
            }, $watched, Dispatcher::class)();

            return $watched;
        });
    }

    /**
     * @param  Closure|string|list<string>  $events
     * @param  array<array-key, mixed>|(callable(): mixed)|class-string|QueuedClosure|null  $listener
     */
    public function listen($events, $listener = null): void
    {
        parent::listen($events, $listener);

        foreach (is_array($events) ? $events : [$events] as $event) {
            if (is_string($event) && (str_starts_with($event, 'eloquent.boot') || str_contains($event, '*'))) {
                array_push($this->unbooted, ...$this->container->make(BootedModels::class)->unbootHeard($this, $this->unbooted));

                return;
            }
        }
    }
}
