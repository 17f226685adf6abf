<?php

declare(strict_types=1);

namespace Laraman\Worker\Resets;

use Illuminate\Foundation\Application;
use Laraman\Worker\Reset;

/**
 * State of well-known packages, where they are installed and used: Inertia's shared props, Livewire's state, Scout's
 * engines, Socialite's drivers, whether Ziggy has written its script. tests/e2e/starter.test.js has ten of them.
 */
final class KnownPackages implements Reset
{
    /** Static properties that are false at the beginning of a request, by class. */
    private const FLAGS = ['Tighten\Ziggy\BladeRouteGenerator' => 'generated'];

    /** @var array<string, list<string>> */
    private array $installed = [];

    public function __construct(private readonly Application $base)
    {
        foreach (self::methods() as $service => $methods) {
            if ($base->bound($service) || class_exists($service)) {
                $this->installed[$service] = $methods;
            }
        }
    }

    public function reset(Application $sandbox): void
    {
        foreach (self::FLAGS as $class => $flag) {
            if (class_exists($class, false)) {
                $class::$$flag = false;
            }
        }

        foreach ($this->installed as $service => $methods) {
            if (! $this->base->resolved($service)) {
                continue;
            }

            $instance = $this->base->make($service);

            foreach ($methods as $method) {
                if (is_object($instance) && is_callable($call = [$instance, $method])) {
                    $method === 'setContainer' ? $call($sandbox) : $call();
                }
            }
        }
    }

    /**
     * What to call, in order, by service.
     *
     * @return array<string, list<string>>
     */
    private static function methods(): array
    {
        return [
            'Inertia\ResponseFactory' => ['flushShared'],
            'Livewire\LivewireManager' => ['flushState'],
            'Laravel\Scout\EngineManager' => ['setContainer', 'forgetEngines'],
            'Laravel\Socialite\Contracts\Factory' => ['setContainer', 'forgetDrivers'],
        ];
    }
}
