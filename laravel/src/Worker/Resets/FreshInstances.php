<?php

declare(strict_types=1);

namespace Laraman\Worker\Resets;

use Illuminate\Config\Repository;
use Illuminate\Foundation\Application;
use Illuminate\Routing\UrlGenerator;
use Illuminate\View\Component;
use Illuminate\View\Factory as ViewFactory;
use Laraman\Worker\Reset;

/**
 * Small stateful services of which each job gets a copy: the configuration, the URL generator (forced scheme and root,
 * defaults), the view factory (shared data, sections). And the default guard, which was never anybody's.
 */
final class FreshInstances implements Reset
{
    private readonly Repository $config;

    private readonly ?UrlGenerator $url;

    private readonly ?ViewFactory $view;

    public function __construct(private readonly Application $base)
    {
        /** @var Repository $config */
        $config = $base->make('config');
        $this->config = $config;
        $url = $base->bound('url') ? $base->make('url') : null;
        $this->url = $url instanceof UrlGenerator ? $url : null;
        $view = $base->bound('view') ? $base->make('view') : null;
        $this->view = $view instanceof ViewFactory ? $view : null;
    }

    public function reset(Application $sandbox): void
    {
        $sandbox->instance('config', clone $this->config);

        if ($this->base->resolved('auth.driver')) {
            $this->base->forgetInstance('auth.driver');
            $sandbox->forgetInstance('auth.driver');
        }

        if ($this->url !== null) {
            $sandbox->instance('url', clone $this->url);
        }

        if ($this->view !== null) {
            $view = clone $this->view;
            $view->setContainer($sandbox);
            $view->share('app', $sandbox);
            $view->share('__env', $view);
            $sandbox->instance('view', $view);
            Component::forgetFactory();
        }
    }
}
