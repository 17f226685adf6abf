<?php

declare(strict_types=1);

namespace Laraman\Worker;

use Illuminate\Container\Container;
use Illuminate\Foundation\Application;
use Illuminate\Support\Facades\Facade;

/**
 * Gives each job an application of its own: a shallow copy of the booted one, so that what the job binds and resolves is
 * gone afterwards. Long-lived managers still hold the original; Resets hands the copy to them.
 */
final class Sandbox
{
    private ?Application $current = null;

    /**
     * @param  list<string>  $flush  services to forget after each job
     */
    public function __construct(private readonly Application $base, private readonly array $flush = [])
    {
    }

    public function open(): Application
    {
        $this->current = $sandbox = clone $this->base;
        $this->makeCurrent($sandbox);

        return $sandbox;
    }

    public function close(): void
    {
        foreach ($this->flush as $service) {
            $this->base->forgetInstance($service);
        }

        $this->base->forgetScopedInstances();
        $this->current?->flush();
        $this->current = null;
        $this->makeCurrent($this->base);
    }

    private function makeCurrent(Application $app): void
    {
        $app->instance('app', $app);
        $app->instance(Container::class, $app);
        Container::setInstance($app);
        Facade::clearResolvedInstances();
        Facade::setFacadeApplication($app);
    }
}
