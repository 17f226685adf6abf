<?php

declare(strict_types=1);

namespace Laraman\Worker\Resets;

use Illuminate\Cache\ArrayStore;
use Illuminate\Cache\CacheManager;
use Illuminate\Cache\Repository;
use Illuminate\Contracts\Config\Repository as ConfigRepository;
use Illuminate\Foundation\Application;
use Illuminate\Foundation\Vite;
use Illuminate\Support\Once;
use Illuminate\Support\Str;
use Illuminate\Translation\Translator;
use Laraman\Worker\Reset;

/**
 * Caches in memory that a fresh process would begin without: array cache stores, once(), Str's, the translator's parsed
 * keys, Vite's preloaded assets.
 */
final class CacheState implements Reset
{
    /** @var list<string> names of the cache stores of the array driver */
    private array $stores = [];

    private readonly ?CacheManager $cache;

    private readonly ?Translator $translator;

    public function __construct(private readonly Application $base)
    {
        $cache = $base->bound('cache') ? $base->make('cache') : null;
        $this->cache = $cache instanceof CacheManager ? $cache : null;
        $translator = $base->bound('translator') ? $base->make('translator') : null;
        $this->translator = $translator instanceof Translator ? $translator : null;

        foreach ((array) $base->make(ConfigRepository::class)->get('cache.stores', []) as $name => $store) {
            if (is_array($store) && ($store['driver'] ?? null) === 'array') {
                $this->stores[] = (string) $name;
            }
        }
    }

    public function reset(Application $sandbox): void
    {
        Once::flush();
        Str::flushCache();
        $this->translator?->flushParsedKeys();

        foreach ($this->stores as $name) {
            $repository = $this->cache?->store($name);

            if ($repository instanceof Repository && ($store = $repository->getStore()) instanceof ArrayStore) {
                $store->flush();
            }
        }

        if ($this->base->resolved(Vite::class)) {
            $vite = $this->base->make(Vite::class);

            // Laravel 11's has no flush() yet.
            method_exists($vite, 'flush')
                ? $vite->flush()
                : (fn () => $this->preloadedAssets = [])->call($vite);
        }
    }
}
