<?php

declare(strict_types=1);

namespace Laraman\Worker\Resets;

use Carbon\Carbon;
use Carbon\CarbonInterval;
use Carbon\Laravel\ServiceProvider as CarbonProvider;
use Illuminate\Foundation\Application;
use Illuminate\Translation\Translator;
use Laraman\Worker\Reset;

/**
 * The locale and its fallback, of the translator and of Carbon.
 */
final class LocaleState implements Reset
{
    private readonly ?Translator $translator;

    private readonly string $locale;

    private readonly string $fallback;

    public function __construct(private readonly Application $base)
    {
        $translator = $base->bound('translator') ? $base->make('translator') : null;
        $this->translator = $translator instanceof Translator ? $translator : null;
        $this->locale = $base->getLocale();
        $this->fallback = $base->getFallbackLocale();
    }

    public function reset(Application $sandbox): void
    {
        if ($this->translator !== null && $this->translator->getLocale() !== $this->locale) {
            $this->translator->setLocale($this->locale);
        }

        if ($this->translator !== null && $this->translator->getFallback() !== $this->fallback) {
            $this->translator->setFallback($this->fallback);
        }

        if (Carbon::getLocale() !== $this->locale || CarbonInterval::getLocale() !== $this->locale) {
            $carbon = new CarbonProvider($this->base);
            $carbon->updateLocale();
            $carbon->updateFallbackLocale();
        }
    }
}
