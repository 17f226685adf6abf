<?php

declare(strict_types=1);

/*
| State of Laravel that a job can change: name => [change, read].
*/

use App\Isolation\Holder;
use App\Isolation\OtherTenant;
use App\Leaks\Flushed;
use App\Leaks\Scoped;
use App\Models\User;
use Carbon\CarbonImmutable;
use Illuminate\Auth\Middleware\Authenticate;
use Illuminate\Auth\Middleware\RedirectIfAuthenticated;
use Illuminate\Cache\RateLimiting\Limit;
use Illuminate\Cache\Repository as CacheRepository;
use Illuminate\Console\Scheduling\Schedule;
use Illuminate\Contracts\Debug\ExceptionHandler;
use Illuminate\Contracts\Http\Kernel;
use Illuminate\Cookie\CookieJar;
use Illuminate\Cookie\Middleware\EncryptCookies;
use Illuminate\Database\Connection;
use Illuminate\Database\Eloquent\Builder as EloquentBuilder;
use Illuminate\Database\Eloquent\Factories\Factory;
use Illuminate\Database\Eloquent\Model;
use Illuminate\Database\Eloquent\Relations\Relation;
use Illuminate\Database\Migrations\Migrator;
use Illuminate\Database\Query\Builder as QueryBuilder;
use Illuminate\Database\Schema\Blueprint;
use Illuminate\Database\Schema\Builder as SchemaBuilder;
use Illuminate\Filesystem\Filesystem;
use Illuminate\Foundation\AliasLoader;
use Illuminate\Foundation\Http\Middleware\ConvertEmptyStringsToNull;
use Illuminate\Foundation\Http\Middleware\PreventRequestsDuringMaintenance;
use Illuminate\Foundation\Http\Middleware\TrimStrings;
use Illuminate\Foundation\Http\Middleware\VerifyCsrfToken;
use Illuminate\Http\Client\Factory as HttpFactory;
use Illuminate\Http\Middleware\TrustHosts;
use Illuminate\Http\Middleware\TrustProxies;
use Illuminate\Http\Request;
use Illuminate\Http\Resources\Json\JsonResource;
use Illuminate\Http\Response;
use Illuminate\Http\UploadedFile;
use Illuminate\Mail\Mailable;
use Illuminate\Mail\Markdown;
use Illuminate\Notifications\Messages\MailMessage;
use Illuminate\Pagination\AbstractPaginator;
use Illuminate\Pagination\Paginator;
use Illuminate\Pipeline\Pipeline;
use Illuminate\Queue\Queue as BaseQueue;
use Illuminate\Queue\Worker as QueueWorker;
use Illuminate\Routing\ResourceRegistrar;
use Illuminate\Routing\Route as RoutingRoute;
use Illuminate\Routing\Router;
use Illuminate\Routing\UrlGenerator;
use Illuminate\Session\Store;
use Illuminate\Support\Arr;
use Illuminate\Support\Benchmark;
use Illuminate\Support\Carbon;
use Illuminate\Support\Collection;
use Illuminate\Support\DateFactory;
use Illuminate\Support\EncodedHtmlString;
use Illuminate\Support\Facades\App;
use Illuminate\Support\Facades\Auth;
use Illuminate\Support\Facades\Blade;
use Illuminate\Support\Facades\Broadcast;
use Illuminate\Support\Facades\Bus;
use Illuminate\Support\Facades\Cache;
use Illuminate\Support\Facades\Config;
use Illuminate\Support\Facades\Context;
use Illuminate\Support\Facades\Cookie;
use Illuminate\Support\Facades\Crypt;
use Illuminate\Support\Facades\Date;
use Illuminate\Support\Facades\DB;
use Illuminate\Support\Facades\Event;
use Illuminate\Support\Facades\Exceptions;
use Illuminate\Support\Facades\Facade;
use Illuminate\Support\Facades\Gate;
use Illuminate\Support\Facades\Hash;
use Illuminate\Support\Facades\Http;
use Illuminate\Support\Facades\Lang;
use Illuminate\Support\Facades\Log;
use Illuminate\Support\Facades\Mail;
use Illuminate\Support\Facades\Notification;
use Illuminate\Support\Facades\Password as PasswordBroker;
use Illuminate\Support\Facades\Process;
use Illuminate\Support\Facades\Queue;
use Illuminate\Support\Facades\RateLimiter;
use Illuminate\Support\Facades\Redirect;
use Illuminate\Support\Facades\Route;
use Illuminate\Support\Facades\Schema;
use Illuminate\Support\Facades\Session;
use Illuminate\Support\Facades\Storage;
use Illuminate\Support\Facades\URL;
use Illuminate\Support\Facades\Validator;
use Illuminate\Support\Facades\View;
use Illuminate\Support\Facades\Vite;
use Illuminate\Support\Fluent;
use Illuminate\Support\Lottery;
use Illuminate\Support\MessageBag;
use Illuminate\Support\Number;
use Illuminate\Support\Once;
use Illuminate\Support\Optional;
use Illuminate\Support\Pluralizer;
use Illuminate\Support\ServiceProvider;
use Illuminate\Support\Sleep;
use Illuminate\Support\Str;
use Illuminate\Support\Stringable;
use Illuminate\Support\Testing\Fakes\ExceptionHandlerFake;
use Illuminate\Testing\TestResponse;
use Illuminate\Translation\Translator;
use Illuminate\Validation\Rule;
use Illuminate\Validation\Rules\Email;
use Illuminate\Validation\Rules\File;
use Illuminate\Validation\Rules\Password;
use Illuminate\Validation\Validator as ValidatorOfOne;
use Illuminate\View\Compilers\BladeCompiler;
use Illuminate\View\Component;

use function App\Isolation\remembered;

/** A private property of an object. */
$inner = static fn (object $object, string $property): mixed => (fn () => $this->$property)->bindTo($object, $object)();
$static = static fn (string $class, string $property): mixed => (new ReflectionProperty($class, $property))->getValue();
$closure = static fn (): Closure => static fn () => 'left';
// Of the class that declares the property, which may be a parent.
$deep = static function (object $object, string $property): mixed {
    for ($class = new ReflectionObject($object); ! $class->hasProperty($property); $class = $class->getParentClass()) {
    }

    return $class->getProperty($property)->getValue($object);
};

$macros = [];

foreach ([
    Arr::class, Str::class, Stringable::class, Collection::class, Number::class, Carbon::class, Request::class, Response::class, UploadedFile::class, Router::class,
    RoutingRoute::class, UrlGenerator::class, QueryBuilder::class, Blueprint::class, Connection::class, Relation::class, CacheRepository::class, Filesystem::class,
    HttpFactory::class, Translator::class, Rule::class, Fluent::class, MailMessage::class, Schedule::class, Store::class, Optional::class, TestResponse::class,
    ResourceRegistrar::class, CookieJar::class, Mailable::class, Benchmark::class, Lottery::class, Password::class, File::class, Email::class, SchemaBuilder::class, Component::class,
    Illuminate\View\View::class, Illuminate\View\Factory::class, Illuminate\Http\RedirectResponse::class, Illuminate\Http\JsonResponse::class, Illuminate\Auth\RequestGuard::class,
    Illuminate\Auth\SessionGuard::class, Illuminate\Console\Command::class, Illuminate\Cache\RateLimiter::class, Illuminate\Config\Repository::class, Illuminate\Events\Dispatcher::class,
    Illuminate\Filesystem\FilesystemAdapter::class, Illuminate\Foundation\Application::class, Illuminate\Http\Client\PendingRequest::class, Illuminate\Http\Client\Response::class,
    Illuminate\Log\Context\Repository::class, Illuminate\Mail\Mailer::class, Illuminate\Notifications\ChannelManager::class, Illuminate\Process\Factory::class, Illuminate\Foundation\Vite::class,
    Illuminate\Routing\Redirector::class, Illuminate\Routing\ResponseFactory::class, Illuminate\Support\LazyCollection::class, Illuminate\Support\Stringable::class, Pipeline::class,
] as $class) {
    if (method_exists($class, 'macro') && method_exists($class, 'hasMacro')) {
        $macros["macro of $class"] = [static fn () => $class::macro('left', static fn () => 'left'), static fn () => $class::hasMacro('left')];
    }
}

/** A kind whose change is a call of a static method, and whose value is in a static property. */
$held = static fn (string $class, string $property, Closure $change): array => [$change, static fn () => $static($class, $property)];

return [
    ...$macros,

    // Configuration and the container.
    'config' => [static fn () => Config::set('left', 'left'), static fn () => Config::get('left')],
    'config, known key' => [static fn () => Config::set('app.name', 'left'), static fn () => Config::get('app.name')],
    'config, prepended' => [static fn () => Config::prepend('app.list', 'left'), static fn () => Config::get('app.list')],
    'container: bind' => [static fn () => app()->bind('left', $closure()), static fn () => app()->bound('left')],
    'container: singleton' => [static fn () => app()->singleton('left', $closure()), static fn () => app()->bound('left')],
    'container: scoped' => [static fn () => app()->scoped('left', $closure()), static fn () => $deep(app(), 'scopedInstances')],
    'container: instance' => [static fn () => app()->instance('left', new stdClass), static fn () => app()->bound('left')],
    'container: instance in place of another' => [static fn () => app()->instance('hash', new stdClass), static fn () => app('hash')::class],
    'container: resolved singleton' => [static fn () => app()->singleton('left', $closure()) ?? app('left'), static fn () => app()->resolved('left')],
    'container: forgotten instance' => [static fn () => app()->forgetInstance('hash'), static fn () => isset($deep(app(), 'instances')['hash'])],
    'container: extend' => [static fn () => app()->extend(Pipeline::class, static fn () => new stdClass), static fn () => app(Pipeline::class)::class],
    'container: extend what is resolved' => [static fn () => app()->extend('files', static fn () => new stdClass), static fn () => app('files')::class],
    'container: alias' => [static fn () => app()->alias('config', 'left'), static fn () => app()->isAlias('left')],
    'container: tag' => [static fn () => app()->tag(['config'], 'left'), static fn () => count(app()->tagged('left'))],
    'container: contextual binding' => [static fn () => app()->when(Holder::class)->needs('$left')->give('left'), static fn () => app()->contextual],
    'container: method binding' => [static fn () => app()->bindMethod('Left@left', $closure()), static fn () => app()->hasMethodBinding('Left@left')],
    'container: rebinding' => [static fn () => app()->rebinding('left', $closure()), static fn () => array_keys($deep(app(), 'reboundCallbacks'))],
    'container: refresh' => [static fn () => app()->refresh('request', new Holder, 'writeOnce'), static fn () => count($deep(app(), 'reboundCallbacks')['request'] ?? [])],
    'container: beforeResolving' => [static fn () => app()->beforeResolving($closure()), static fn () => count($deep(app(), 'globalBeforeResolvingCallbacks'))],
    'container: resolving' => [static fn () => app()->resolving(Holder::class, $closure()), static fn () => array_keys($deep(app(), 'resolvingCallbacks'))],
    'container: afterResolving' => [static fn () => app()->afterResolving($closure()), static fn () => count($deep(app(), 'globalAfterResolvingCallbacks'))],
    'container: the instance of all' => [static fn () => Illuminate\Container\Container::setInstance(), static fn () => Illuminate\Container\Container::getInstance()::class],
    'container: parameters of make' => [static fn () => app()->makeWith(Holder::class, ['left' => 1]), static fn () => $deep(app(), 'with'), 'blind' => true],
    'application: locale' => [static fn () => App::setLocale('de'), static fn () => [App::getLocale(), Lang::getLocale(), Config::get('app.locale')]],
    'application: fallback locale' => [static fn () => App::setFallbackLocale('it'), static fn () => [App::getFallbackLocale(), Lang::getFallback()]],
    'application: environment' => [static fn () => app()->detectEnvironment(static fn () => 'left'), static fn () => app()->environment()],
    'application: base path' => [static fn () => app()->useStoragePath('/left'), static fn () => storage_path()],
    'application: public path' => [static fn () => app()->usePublicPath('/left'), static fn () => public_path()],
    'application: lang path' => [static fn () => app()->useLangPath('/left'), static fn () => lang_path()],
    'application: terminating' => [static fn () => app()->terminating($closure()), static fn () => count($deep(app(), 'terminatingCallbacks'))],
    'application: booted' => [static fn () => app()->booting($closure()), static fn () => count($deep(app(), 'bootingCallbacks'))],
    'application: provider' => [static fn () => app()->register(new class(app()) extends ServiceProvider
    {
    }), static fn () => count(app()->getLoadedProviders())],
    'application: deferred services' => [static fn () => app()->addDeferredServices(['left' => 'Left']), static fn () => app()->getDeferredServices()],
    'provider: publishes' => $held(ServiceProvider::class, 'publishes', static fn () => (new class(app()) extends ServiceProvider
    {
        public function left(): void
        {
            $this->publishes(['/a' => '/b'], 'left');
        }
    })->left()),
    'alias loader' => [static fn () => AliasLoader::getInstance()->alias('Left', Holder::class), static fn () => isset(AliasLoader::getInstance()->getAliases()['Left'])],
    'env: repository' => [static fn () => Illuminate\Support\Env::getRepository()->set('LEFT', 'left'), static fn () => env('LEFT')],
    'env: putenv switched off' => $held(Illuminate\Support\Env::class, 'putenv', static fn () => Illuminate\Support\Env::disablePutenv()),
    'facade: swap' => [static fn () => Hash::swap(new stdClass), static fn () => Hash::getFacadeRoot()::class],
    'facade: resolved' => [static fn () => Facade::clearResolvedInstances() ?? Crypt::getFacadeRoot(), static fn () => array_keys($static(Facade::class, 'resolvedInstance'))],
    'facade: application' => [static fn () => Facade::setFacadeApplication(clone app()), static fn () => Facade::getFacadeApplication() === app()],

    // Events.
    'event: listener' => [static fn () => Event::listen('left', $closure()), static fn () => Event::hasListeners('left')],
    'event: wildcard listener' => [static fn () => Event::listen('left.*', $closure()), static fn () => Event::hasListeners('left.one')],
    'event: forgotten' => [static fn () => Event::forget('isolation.known'), static fn () => Event::hasListeners('isolation.known')],
    'event: pushed' => [static fn () => Event::push('left', ['left']), static fn () => Event::hasListeners('left_pushed')],
    'event: fake' => [static fn () => Event::fake(), static fn () => Event::getFacadeRoot()::class],
    'event: deferred' => [static fn () => (static fn () => $this ?? null) && Event::setQueueResolver($closure()), static fn () => $deep(app('events'), 'queueResolver')],

    // Routes and URLs.
    'router: route' => [static fn () => Route::get('/left', $closure())->name('left'), static fn () => count(Route::getRoutes())],
    'router: pattern' => [static fn () => Route::pattern('left', '\d+'), static fn () => Route::getPatterns()],
    'router: middleware alias' => [static fn () => Route::aliasMiddleware('left', Authenticate::class), static fn () => array_key_exists('left', Route::getMiddleware())],
    'router: middleware group' => [static fn () => Route::pushMiddlewareToGroup('web', Authenticate::class), static fn () => count(Route::getMiddlewareGroups()['web'])],
    'router: binding' => [static fn () => Route::bind('left', $closure()), static fn () => Route::getBindingCallback('left') !== null],
    'router: model binding' => [static fn () => Route::model('left', User::class), static fn () => Route::getBindingCallback('left') !== null],
    'router: implicit binding' => [static fn () => Route::substituteImplicitBindingsUsing($closure()), static fn () => $deep(app('router'), 'implicitBindingCallback')],
    'router: matched' => [static fn () => Route::matched($closure()), static fn () => count(app('events')->getRawListeners()[Illuminate\Routing\Events\RouteMatched::class] ?? [])],
    // Cached routes are created on first use.
    'router: middleware of a route' => [static fn () => Route::getRoutes()->getRoutes()[0]->middleware('left'), static fn () => Route::getRoutes()->getRoutes()[0]->middleware(), 'blind' => true],
    'router: default of a route' => [static fn () => Route::getRoutes()->getRoutes()[0]->defaults('left', 1), static fn () => Route::getRoutes()->getRoutes()[0]->defaults, 'blind' => true],
    'router: verbs of resources' => $held(ResourceRegistrar::class, 'verbs', static fn () => Route::resourceVerbs(['create' => 'left'])),
    'router: singular of resources' => $held(ResourceRegistrar::class, 'singularParameters', static fn () => Route::singularResourceParameters(false)),
    'url: defaults' => [static fn () => URL::defaults(['left' => 'left']), static fn () => URL::getDefaultParameters()],
    'url: scheme' => [static fn () => URL::forceScheme('https'), static fn () => str_starts_with(url('/there'), 'https')],
    'url: root' => [static fn () => URL::forceRootUrl('http://left.example'), static fn () => str_starts_with(url('/there'), 'http://left')],
    'url: formatHostUsing' => [static fn () => URL::formatHostUsing(static fn () => 'http://left'), static fn () => $inner(app('url'), 'formatHostUsing')],
    'url: formatPathUsing' => [static fn () => URL::formatPathUsing(static fn () => '/left'), static fn () => $inner(app('url'), 'formatPathUsing')],
    'url: asset root' => [static fn () => URL::useAssetOrigin('http://left'), static fn () => asset('left') === 'http://left/left'],
    'url: key' => [static fn () => URL::setKeyResolver($closure()), static fn () => $inner(app('url'), 'keyResolver')],
    'url: name space' => [static fn () => URL::setRootControllerNamespace('Left'), static fn () => URL::getRootControllerNamespace()],
    'redirect: session' => [static fn () => Redirect::setIntendedUrl('http://left'), static fn () => Session::get('url.intended')],
    'request: attribute' => [static fn () => request()->attributes->set('left', 'left'), static fn () => request()->attributes->get('left')],
    'request: user' => [static fn () => request()->setUserResolver($closure()), static fn () => request()->user()],
    'request: trusted proxies' => [static fn () => Request::setTrustedProxies(['10.0.0.1'], 1), static fn () => Request::getTrustedProxies()],
    'request: trusted hosts' => [static fn () => Request::setTrustedHosts(['left']), static fn () => Request::getTrustedHosts()],
    'request: factory' => $held(Symfony\Component\HttpFoundation\Request::class, 'requestFactory', static fn () => Request::setFactory(null) ?? Request::setFactory(static fn (...$arguments) => new Request(...$arguments))),
    'request: method override' => $held(Symfony\Component\HttpFoundation\Request::class, 'httpMethodParameterOverride', static fn () => (new ReflectionProperty(Symfony\Component\HttpFoundation\Request::class, 'httpMethodParameterOverride'))->setValue(null, ! $static(Symfony\Component\HttpFoundation\Request::class, 'httpMethodParameterOverride'))),
    'request: formats' => $held(Symfony\Component\HttpFoundation\Request::class, 'formats', static fn () => request()->setFormat('left', 'text/left')),
    'middleware: proxies' => $held(TrustProxies::class, 'alwaysTrustProxies', static fn () => TrustProxies::at('10.0.0.1')),
    'middleware: hosts' => $held(TrustHosts::class, 'alwaysTrust', static fn () => TrustHosts::at(['left'])),
    'middleware: trimmed' => $held(TrimStrings::class, 'neverTrim', static fn () => TrimStrings::except('left')),
    'middleware: trim callbacks' => $held(TrimStrings::class, 'skipCallbacks', static fn () => TrimStrings::skipWhen($closure())),
    'middleware: empty strings' => $held(ConvertEmptyStringsToNull::class, 'skipCallbacks', static fn () => ConvertEmptyStringsToNull::skipWhen($closure())),
    'middleware: cookies' => $held(EncryptCookies::class, 'neverEncrypt', static fn () => EncryptCookies::except('left')),
    'middleware: tokens' => $held(VerifyCsrfToken::class, 'neverVerify', static fn () => VerifyCsrfToken::except('left')),
    'middleware: maintenance' => $held(PreventRequestsDuringMaintenance::class, 'neverPrevent', static fn () => PreventRequestsDuringMaintenance::except('left')),
    'middleware: where guests go' => $held(Authenticate::class, 'redirectToCallback', static fn () => Authenticate::redirectUsing($closure())),
    'middleware: where users go' => $held(RedirectIfAuthenticated::class, 'redirectToCallback', static fn () => RedirectIfAuthenticated::redirectUsing($closure())),
    'kernel: middleware' => [static fn () => app(Kernel::class)->pushMiddleware(Authenticate::class), static fn () => app(Kernel::class)->hasMiddleware(Authenticate::class)],
    'kernel: priority' => [static fn () => app(Kernel::class)->prependToMiddlewarePriority('Left'), static fn () => app(Kernel::class)->getMiddlewarePriority()[0]],
    'kernel: long requests' => [static fn () => app(Kernel::class)->whenRequestLifecycleIsLongerThan(1000, $closure()), static fn () => count($inner(app(Kernel::class), 'requestLifecycleDurationHandlers'))],
    'response: dates' => [static fn () => response()->macro('other', $closure()), static fn () => response()->hasMacro('other')],

    // Views.
    'view: share' => [static fn () => View::share('left', 'left'), static fn () => View::shared('left')],
    'view: composer' => [static fn () => View::composer('who', $closure()), static fn () => Event::hasListeners('composing: who')],
    'view: creator' => [static fn () => View::creator('*', $closure()), static fn () => Event::hasListeners('creating: who')],
    'view: name space' => [static fn () => View::addNamespace('left', '/left'), static fn () => View::getFinder()->getHints()['left'] ?? null],
    'view: location' => [static fn () => View::addLocation('/left'), static fn () => View::getFinder()->getPaths()],
    'view: extension' => [static fn () => View::addExtension('left', 'blade'), static fn () => View::getExtensions()],
    'view: engine' => [static fn () => View::getEngineResolver()->register('left', $closure()), static fn () => array_keys($inner(View::getEngineResolver(), 'resolvers'))],
    'view: section' => [static fn () => View::inject('left', 'left'), static fn () => View::hasSection('left')],
    'view: stack' => [static fn () => View::startPush('left', 'left'), static fn () => View::yieldPushContent('left')],
    'view: once' => [static fn () => View::markAsRenderedOnce('left'), static fn () => View::hasRenderedOnce('left')],
    'view: paths found' => [static fn () => view('who')->render(), static fn () => View::getFinder()->getViews()],
    'view: section left open' => [static fn () => View::startSection('left') ?? ob_end_clean(), static fn () => $inner(app('view'), 'sectionStack')],
    'blade: directive' => [static fn () => Blade::directive('left', $closure()), static fn () => array_key_exists('left', Blade::getCustomDirectives())],
    'blade: if' => [static fn () => Blade::if('left', $closure()), static fn () => array_key_exists('left', Blade::getCustomDirectives())],
    'blade: component' => [static fn () => Blade::component('left', Holder::class), static fn () => Blade::getClassComponentAliases()],
    'blade: components of a name space' => [static fn () => Blade::componentNamespace('Left', 'left'), static fn () => Blade::getClassComponentNamespaces()],
    'blade: anonymous components' => [static fn () => Blade::anonymousComponentPath('/left'), static fn () => count(Blade::getAnonymousComponentPaths())],
    'blade: extend' => [static fn () => Blade::extend($closure()), static fn () => count(Blade::getExtensions())],
    'blade: precompiler' => [static fn () => Blade::precompiler($closure()), static fn () => count($inner(app('blade.compiler'), 'precompilers'))],
    'blade: prepared strings' => [static fn () => Blade::prepareStringsForCompilationUsing($closure()), static fn () => count($inner(app('blade.compiler'), 'prepareStringsForCompilationUsing'))],
    'blade: double encoding' => [static fn () => Blade::withoutDoubleEncoding(), static fn () => $inner(app('blade.compiler'), 'echoFormat')],
    'blade: stringable' => [static fn () => Blade::stringable(Holder::class, $closure()), static fn () => array_keys($inner(app('blade.compiler'), 'echoHandlers'))],
    'blade: without component tags' => [static fn () => Blade::withoutComponentTags(), static fn () => $inner(app('blade.compiler'), 'compilesComponentTags')],
    'blade: hash of a component' => [static fn () => BladeCompiler::newComponentHash('left'), static fn () => $static(BladeCompiler::class, 'componentHashStack')],
    'component: resolver' => $held(Component::class, 'componentsResolver', static fn () => Component::resolveComponentsUsing($closure())),
    'component: cache' => $held(Component::class, 'bladeViewCache', static fn () => (new ReflectionProperty(Component::class, 'bladeViewCache'))->setValue(null, ['left' => 'left'])),
    'escaping' => $held(EncodedHtmlString::class, 'encodeUsingFactory', static fn () => EncodedHtmlString::encodeUsing(static fn ($value) => (string) $value)),
    'markdown: encoding' => $held(Markdown::class, 'withSecuredEncoding', static fn () => Markdown::withSecuredEncoding()),
    'vite: nonce' => [static fn () => Vite::useCspNonce('left'), static fn () => Vite::cspNonce()],
    'vite: build directory' => [static fn () => Vite::useBuildDirectory('left'), static fn () => $inner(app(Illuminate\Foundation\Vite::class), 'buildDirectory')],
    'vite: attributes' => [static fn () => Vite::useScriptTagAttributes(['left' => true]), static fn () => count($inner(app(Illuminate\Foundation\Vite::class), 'scriptTagAttributesResolvers'))],
    'vite: manifests' => $held(Illuminate\Foundation\Vite::class, 'manifests', static fn () => app(Illuminate\Foundation\Vite::class)->isRunningHot() || rescue(static fn () => Vite::asset('left'), report: false)),

    // Languages.
    'translator: lines' => [static fn () => Lang::addLines(['left.left' => 'left'], 'en'), static fn () => Lang::get('left.left')],
    'translator: name space' => [static fn () => Lang::addNamespace('left', '/left'), static fn () => app('translation.loader')->namespaces()['left'] ?? null],
    'translator: path of JSON' => [static fn () => Lang::addJsonPath('/left'), static fn () => app('translation.loader')->jsonPaths()],
    'translator: missing keys' => [static fn () => Lang::handleMissingKeysUsing($closure()), static fn () => $inner(app('translator'), 'missingTranslationKeyCallback')],
    'translator: locales' => [static fn () => Lang::determineLocalesUsing(static fn () => ['left']), static fn () => $inner(app('translator'), 'determineLocalesUsing')],
    'translator: selector' => [static fn () => Lang::setSelector(new Illuminate\Translation\MessageSelector), static fn () => $inner(app('translator'), 'selector')],
    'translator: stringable' => [static fn () => Lang::stringable(Holder::class, $closure()), static fn () => array_keys($inner(app('translator'), 'stringableHandlers'))],
    'pluralizer: language' => $held(Pluralizer::class, 'language', static fn () => Pluralizer::useLanguage('spanish')),
    'pluralizer: uncountable' => [static fn () => array_push(Pluralizer::$uncountable, 'left'), static fn () => Pluralizer::$uncountable],
    'number: locale' => [static fn () => Number::useLocale('de'), static fn () => Number::defaultLocale()],
    'number: currency' => [static fn () => Number::useCurrency('CNY'), static fn () => Number::defaultCurrency()],

    // Users.
    'auth: default guard' => [static fn () => Auth::shouldUse('other'), static fn () => Auth::getDefaultDriver()],
    'auth: user' => [static fn () => Auth::setUser(new User), static fn () => Auth::user() !== null],
    'auth: user of another guard' => [static fn () => Auth::guard('other')->setUser(new User), static fn () => Auth::guard('other')->hasUser()],
    'auth: extend' => [static fn () => Auth::extend('left', $closure()), static fn () => array_keys($inner(app('auth'), 'customCreators'))],
    'auth: viaRequest' => [static fn () => Auth::viaRequest('left', $closure()), static fn () => array_keys($inner(app('auth'), 'customCreators'))],
    'auth: provider' => [static fn () => Auth::provider('left', $closure()), static fn () => array_keys($inner(app('auth'), 'customProviderCreators') ?? [])],
    'auth: guards made' => [static fn () => Auth::guard('other'), static fn () => Auth::hasResolvedGuards() ? array_keys($inner(app('auth'), 'guards')) : []],
    'auth: resolver' => [static fn () => Auth::resolveUsersUsing($closure()), static fn () => Auth::userResolver()],
    'auth: duration of remembering' => [static fn () => Auth::guard('other')->setRememberDuration(7), static fn () => $inner(Auth::guard('other'), 'rememberDuration')],
    'gate: ability' => [static fn () => Gate::define('left', $closure()), static fn () => Gate::has('left')],
    'gate: policy' => [static fn () => Gate::policy(Holder::class, Holder::class), static fn () => Gate::policies()],
    'gate: before' => [static fn () => Gate::before($closure()), static fn () => count($inner(Gate::getFacadeRoot(), 'beforeCallbacks'))],
    'gate: after' => [static fn () => Gate::after($closure()), static fn () => count($inner(Gate::getFacadeRoot(), 'afterCallbacks'))],
    'gate: names of policies' => [static fn () => Gate::guessPolicyNamesUsing($closure()), static fn () => $inner(Gate::getFacadeRoot(), 'guessPolicyNamesUsingCallback')],
    'gate: default of denials' => [static fn () => Gate::defaultDenialResponse(Illuminate\Auth\Access\Response::deny('left')), static fn () => $inner(Gate::getFacadeRoot(), 'defaultDenialResponse')],
    'password: defaults' => $held(Password::class, 'defaultCallback', static fn () => Password::defaults(static fn () => Password::min(3))),
    'password: broker' => [static fn () => PasswordBroker::setDefaultDriver('left'), static fn () => PasswordBroker::getDefaultDriver()],
    'password: address of resets' => $held(Illuminate\Auth\Notifications\ResetPassword::class, 'createUrlCallback', static fn () => Illuminate\Auth\Notifications\ResetPassword::createUrlUsing($closure())),
    'verification of addresses' => $held(Illuminate\Auth\Notifications\VerifyEmail::class, 'toMailCallback', static fn () => Illuminate\Auth\Notifications\VerifyEmail::toMailUsing($closure())),
    'hash: rounds' => [static fn () => Hash::driver('bcrypt')->setRounds(5), static fn () => $inner(Hash::driver('bcrypt'), 'rounds')],
    'crypt: keys' => [static fn () => Crypt::previousKeys([random_bytes(32)]), static fn () => count(Crypt::getPreviousKeys())],
    'session: value' => [static fn () => Session::put('left', 'left'), static fn () => Session::get('left')],
    'session: id' => [static fn () => Session::setId(str_repeat('l', 40)), static fn () => Session::getId() === str_repeat('l', 40)],
    'session: extend' => [static fn () => Session::extend('left', $closure()), static fn () => array_keys($inner(app('session'), 'customCreators'))],
    'session: default' => [static fn () => Session::setDefaultDriver('left'), static fn () => Session::getDefaultDriver()],
    'cookie: queue' => [static fn () => Cookie::queue('left', 'left'), static fn () => count(Cookie::getQueuedCookies())],
    'cookie: path and domain' => [static fn () => Cookie::setDefaultPathAndDomain('/left', 'left'), static fn () => Cookie::make('a', 'b')],
    'rate limiter' => [static fn () => RateLimiter::for('left', static fn () => Limit::none()), static fn () => RateLimiter::limiter('left') !== null],

    // Data.
    'cache: array store' => [static fn () => Cache::store('array')->put('left', 'left'), static fn () => Cache::store('array')->get('left')],
    'cache: default' => [static fn () => Cache::setDefaultDriver('null'), static fn () => Cache::getDefaultDriver()],
    'cache: extend' => [static fn () => Cache::extend('left', fn () => 'left'), static fn () => array_keys($inner(app('cache'), 'customCreators'))],
    'cache: time to live' => [static fn () => Cache::store()->setDefaultCacheTime(7), static fn () => Cache::store()->getDefaultCacheTime()],
    'db: default' => [static fn () => DB::setDefaultConnection('left'), static fn () => DB::getDefaultConnection()],
    'db: extend' => [static fn () => DB::extend('left', $closure()), static fn () => array_keys($inner(app('db'), 'extensions'))],
    'db: query log' => [static fn () => DB::enableQueryLog(), static fn () => DB::logging()],
    'db: listener' => [static fn () => DB::listen($closure()), static fn () => Event::hasListeners(Illuminate\Database\Events\QueryExecuted::class)],
    'db: beforeExecuting' => [static fn () => DB::beforeExecuting($closure()), static fn () => count($inner(DB::connection(), 'beforeExecutingCallbacks'))],
    'db: prefix of tables' => [static fn () => DB::connection()->setTablePrefix('left'), static fn () => DB::connection()->getTablePrefix()],
    'db: records modified' => [static fn () => DB::recordsHaveBeenModified(), static fn () => DB::hasModifiedRecords()],
    'db: pretending' => [static fn () => (fn () => $this->pretending = true)->bindTo(DB::connection(), Connection::class)(), static fn () => DB::connection()->pretending()],
    'db: connections made' => [static fn () => DB::connection()->getPdo() && config(['database.connections.left' => config('database.connections.sqlite')]) ?? DB::connection('left'), static fn () => array_keys(DB::getConnections())],
    'db: resolver of a driver' => $held(Connection::class, 'resolvers', static fn () => Connection::resolverFor('left', $closure())),
    'db: long queries' => [static fn () => DB::whenQueryingForLongerThan(1000, $closure()), static fn () => count($inner(DB::connection(), 'queryDurationHandlers'))],
    'db: reconnector' => [static fn () => app('db')->setReconnector($closure()), static fn () => basename((new ReflectionFunction($inner(app('db'), 'reconnector')))->getFileName())],
    'db: transaction' => [static fn () => DB::beginTransaction(), static fn () => DB::transactionLevel()],
    'schema: length of strings' => $held(SchemaBuilder::class, 'defaultStringLength', static fn () => Schema::defaultStringLength(7)),
    'schema: keys of morphs' => $held(SchemaBuilder::class, 'defaultMorphKeyType', static fn () => Schema::morphUsingUuids()),
    'migrator: paths' => [static fn () => app('migrator')->path('/left'), static fn () => count(app('migrator')->paths())],
    'migrator: without' => $held(Migrator::class, 'withoutMigrations', static fn () => Migrator::withoutMigrations(['left'])),
    'model: unguard' => [static fn () => Model::unguard(), static fn () => Model::isUnguarded()],
    'model: preventLazyLoading' => [static fn () => Model::preventLazyLoading(), static fn () => Model::preventsLazyLoading()],
    'model: shouldBeStrict' => [static fn () => Model::shouldBeStrict(), static fn () => [Model::preventsSilentlyDiscardingAttributes(), Model::preventsAccessingMissingAttributes()]],
    'model: lazy loading handler' => $held(Model::class, 'lazyLoadingViolationCallback', static fn () => Model::handleLazyLoadingViolationUsing($closure())),
    'model: eager loading' => $held(Model::class, 'modelsShouldAutomaticallyEagerLoadRelationships', static fn () => Model::automaticallyEagerLoadRelationships()),
    'model: dispatcher' => [static fn () => Model::unsetEventDispatcher(), static fn () => Model::getEventDispatcher() !== null],
    'model: resolver' => [static fn () => Model::setConnectionResolver(new Illuminate\Database\ConnectionResolver), static fn () => Model::getConnectionResolver()::class],
    'model: booted' => [static fn () => new OtherTenant, static fn () => isset($static(Model::class, 'booted')[OtherTenant::class])],
    'model: global scope' => [static fn () => User::addGlobalScope('left', static fn ($query) => $query->where('id', 0)), static fn () => (new User)->hasGlobalScope('left')],
    'model: event' => [static fn () => User::saving($closure()), static fn () => Event::hasListeners('eloquent.saving: '.User::class)],
    'model: observer' => [
        static fn () => User::observe(new class
        {
            public function created(): void
            {
            }
        }),
        static fn () => Event::hasListeners('eloquent.created: '.User::class),
    ],
    'model: ignored timestamps' => $held(Model::class, 'ignoreTimestampsOn', static fn () => (new ReflectionProperty(Model::class, 'ignoreTimestampsOn'))->setValue(null, ['left'])),
    'model: ignored touch' => $held(Model::class, 'ignoreOnTouch', static fn () => (new ReflectionProperty(Model::class, 'ignoreOnTouch'))->setValue(null, ['left'])),
    'model: broadcasting' => $held(Model::class, 'isBroadcasting', static fn () => (new ReflectionProperty(Model::class, 'isBroadcasting'))->setValue(null, false)),
    'model: encrypter' => [static fn () => Model::encryptUsing(Crypt::getFacadeRoot()), static fn () => Model::$encrypter !== null],
    'model: snake attributes' => [static fn () => Model::$snakeAttributes = false, static fn () => Model::$snakeAttributes],
    'model: related' => [static fn () => User::resolveRelationUsing('left', $closure()), static fn () => array_keys($static(Model::class, 'relationResolvers'))],
    'model: morph map' => [static fn () => Relation::morphMap(['left' => User::class]), static fn () => Relation::morphMap()],
    'model: required morph map' => [static fn () => Relation::requireMorphMap(), static fn () => Relation::requiresMorphMap()],
    'model: without constraints' => $held(Relation::class, 'constraints', static fn () => (new ReflectionProperty(Relation::class, 'constraints'))->setValue(null, false)),
    'model: macro of its builder' => [static fn () => EloquentBuilder::macro('left', $closure()), static fn () => EloquentBuilder::hasGlobalMacro('left')],
    'factory: name space' => [static fn () => Factory::useNamespace('Left\\'), static fn () => Factory::$namespace],
    'factory: names' => $held(Factory::class, 'factoryNameResolver', static fn () => Factory::guessFactoryNamesUsing($closure())),
    'pagination: page' => [static fn () => Paginator::currentPageResolver(static fn () => 7), static fn () => Paginator::resolveCurrentPage()],
    'pagination: path' => [static fn () => Paginator::currentPathResolver(static fn () => '/left'), static fn () => Paginator::resolveCurrentPath() === '/left'],
    'pagination: query' => $held(AbstractPaginator::class, 'queryStringResolver', static fn () => Paginator::queryStringResolver($closure())),
    'pagination: view' => [static fn () => Paginator::useBootstrap(), static fn () => [Paginator::$defaultView, Paginator::$defaultSimpleView]],
    'resource: wrap' => [static fn () => JsonResource::withoutWrapping(), static fn () => JsonResource::$wrap],
    'validator: extend' => [static fn () => Validator::extend('left', $closure()), static fn () => array_keys($inner(app('validator'), 'extensions'))],
    'validator: replacer' => [static fn () => Validator::replacer('left', $closure()), static fn () => array_keys($inner(app('validator'), 'replacers'))],
    'validator: resolver' => [static fn () => Validator::resolver(static fn (...$arguments) => new ValidatorOfOne(...$arguments)), static fn () => $inner(app('validator'), 'resolver')],
    'validator: unvalidated keys' => [static fn () => Validator::includeUnvalidatedArrayKeys(), static fn () => $inner(app('validator'), 'excludeUnvalidatedArrayKeys')],
    'validator: file defaults' => $held(File::class, 'defaultCallback', static fn () => File::defaults(static fn () => File::types('left'))),
    'validator: email defaults' => $held(Email::class, 'defaultCallback', static fn () => Email::defaults(static fn () => new Email)),

    // Work and messages.
    'queue: default' => [static fn () => Queue::setDefaultDriver('left'), static fn () => Queue::getDefaultDriver()],
    'queue: extend' => [static fn () => Queue::extend('left', $closure()), static fn () => array_keys($inner(app('queue'), 'connectors'))],
    'queue: payload' => $held(BaseQueue::class, 'createPayloadCallbacks', static fn () => BaseQueue::createPayloadUsing($closure())),
    'queue: before' => [static fn () => Queue::before($closure()), static fn () => count(app('events')->getRawListeners()[Illuminate\Queue\Events\JobProcessing::class] ?? [])],
    'queue: looping' => [static fn () => Queue::looping($closure()), static fn () => Event::hasListeners(Illuminate\Queue\Events\Looping::class)],
    'queue: fake' => [static fn () => Queue::fake(), static fn () => Queue::getFacadeRoot()::class],
    'queue: worker' => $held(QueueWorker::class, 'popCallbacks', static fn () => QueueWorker::popUsing('left', $closure())),
    'queue: connections' => [static fn () => Queue::connection('sync'), static fn () => array_keys($inner(app('queue'), 'connections'))],
    'bus: pipes' => [static fn () => Bus::pipeThrough([$closure()]), static fn () => count($inner(app(Illuminate\Bus\Dispatcher::class), 'pipes'))],
    'bus: map' => [static fn () => Bus::map(['Left' => 'Left']), static fn () => $inner(app(Illuminate\Bus\Dispatcher::class), 'handlers')],
    'bus: fake' => [static fn () => Bus::fake(), static fn () => Bus::getFacadeRoot()::class],
    'mail: alwaysTo' => [static fn () => Mail::alwaysTo('left@example.com'), static fn () => $inner(Mail::mailer(), 'to')],
    'mail: alwaysFrom' => [static fn () => Mail::mailer('array')->alwaysFrom('left@example.com'), static fn () => $inner(Mail::mailer('array'), 'from')],
    'mail: default' => [static fn () => Mail::setDefaultDriver('left'), static fn () => Mail::getDefaultDriver()],
    'mail: extend' => [static fn () => Mail::extend('left', $closure()), static fn () => array_keys($inner(app('mail.manager'), 'customCreators'))],
    'mail: messages of the array driver' => [static fn () => Mail::mailer('array')->raw('left', static fn ($message) => $message->to('left@example.com')->from('a@example.com')), static fn () => count(Mail::mailer('array')->getSymfonyTransport()->messages())],
    'mail: data of views' => [static fn () => Mailable::buildViewDataUsing($closure()), static fn () => Mailable::$viewDataCallback],
    'mail: fake' => [static fn () => Mail::fake(), static fn () => Mail::getFacadeRoot()::class],
    'notification: channel' => [static fn () => Notification::extend('left', $closure()), static fn () => array_keys($deep(Notification::getFacadeRoot(), 'customCreators'))],
    'notification: default' => [static fn () => Notification::deliverVia('left'), static fn () => Notification::deliversVia()],
    'notification: locale' => [static fn () => Notification::locale('left'), static fn () => $deep(Notification::getFacadeRoot(), 'locale')],
    'notification: fake' => [static fn () => Notification::fake(), static fn () => Notification::getFacadeRoot()::class],
    'notification: channels made' => [static fn () => Notification::channel('mail'), static fn () => array_map(get_class(...), Notification::getDrivers())],
    'broadcast: extend' => [static fn () => Broadcast::extend('left', $closure()), static fn () => array_keys($inner(Broadcast::getFacadeRoot(), 'customCreators'))],
    'broadcast: channel' => [static fn () => Broadcast::connection('null')->channel('left', $closure()), static fn () => count(Broadcast::connection('null')->getChannels())],
    'broadcast: default' => [static fn () => Broadcast::setDefaultDriver('left'), static fn () => Broadcast::getDefaultDriver()],
    'log: shared context' => [static fn () => Log::shareContext(['left' => 'left']), static fn () => Log::sharedContext()],
    'log: context of a channel' => [static fn () => Log::channel('errorlog')->withContext(['left' => 'left']), static fn () => $inner(Log::channel('errorlog'), 'context')],
    'log: extend' => [static fn () => Log::extend('left', fn () => 'left'), static fn () => array_keys($inner(app('log'), 'customCreators'))],
    'log: default' => [static fn () => Log::setDefaultDriver('left'), static fn () => Log::getDefaultDriver()],
    'log: channels made' => [static fn () => Log::channel('errorlog'), static fn () => array_keys(Log::getChannels())],
    'log: processor' => [static fn () => Log::channel()->pushProcessor($closure()), static fn () => count(Log::channel()->getLogger()->getProcessors())],
    'context' => [static fn () => Context::add('left', 'left'), static fn () => Context::all()],
    'context, hidden' => [static fn () => Context::addHidden('left', 'left'), static fn () => Context::allHidden()],
    'context, dehydrating' => [static fn () => Context::dehydrating($closure()), static fn () => Event::hasListeners(Illuminate\Log\Context\Events\ContextDehydrating::class)],
    'filesystem: disk' => [static fn () => Storage::set('left', Storage::disk('local')), static fn () => array_keys($inner(app('filesystem'), 'disks'))],
    'filesystem: fake' => [static fn () => Storage::fake('local'), static fn () => Storage::disk('local')->path('')],
    'filesystem: extend' => [static fn () => Storage::extend('left', $closure()), static fn () => array_keys($inner(app('filesystem'), 'customCreators'))],
    'filesystem: temporary addresses' => [static fn () => Storage::disk('local')->buildTemporaryUrlsUsing($closure()), static fn () => Storage::disk('local')->providesTemporaryUrls()],
    'http: fake' => [static fn () => Http::fake(), static fn () => count($inner(app(HttpFactory::class), 'stubCallbacks'))],
    'http: global options' => [static fn () => Http::globalOptions(['timeout' => 7]), static fn () => $inner(app(HttpFactory::class), 'globalOptions')],
    'http: global middleware' => [static fn () => Http::globalRequestMiddleware($closure()), static fn () => count(Http::getGlobalMiddleware())],
    'http: stray requests' => [static fn () => Http::preventStrayRequests(), static fn () => Http::preventingStrayRequests()],
    'http: recorded' => [static fn () => Http::fake() && Http::get('http://left.example'), static fn () => count(Http::recorded())],
    'process: fake' => [static fn () => Process::fake(), static fn () => $inner(Process::getFacadeRoot(), 'recording')],
    'process: stray processes' => [static fn () => Process::preventStrayProcesses(), static fn () => Process::preventingStrayProcesses()],
    'schedule: event' => [static fn () => app(Schedule::class)->call($closure()), static fn () => count(app(Schedule::class)->events())],
    'artisan: bootstrappers' => $held(Illuminate\Console\Application::class, 'bootstrappers', static fn () => Illuminate\Console\Application::starting($closure())),
    'exceptions: reportable' => [static fn () => app(ExceptionHandler::class)->reportable($closure()), static fn () => count($deep(app(ExceptionHandler::class), 'reportCallbacks'))],
    'exceptions: renderable' => [static fn () => app(ExceptionHandler::class)->renderable(static fn (LogicException $e) => null), static fn () => count($deep(app(ExceptionHandler::class), 'renderCallbacks'))],
    'exceptions: context' => [static fn () => app(ExceptionHandler::class)->buildContextUsing($closure()), static fn () => count($deep(app(ExceptionHandler::class), 'contextCallbacks'))],
    'exceptions: not to report' => [static fn () => app(ExceptionHandler::class)->ignore(LogicException::class), static fn () => count($deep(app(ExceptionHandler::class), 'internalDontReport')) + count($deep(app(ExceptionHandler::class), 'dontReport'))],
    'exceptions: reported once' => [static fn () => app(ExceptionHandler::class)->dontReportDuplicates(), static fn () => $deep(app(ExceptionHandler::class), 'withoutDuplicates')],
    'exceptions: fake' => [static fn () => Exceptions::fake(), static fn () => app(ExceptionHandler::class) instanceof ExceptionHandlerFake],

    // Helpers.
    'carbon: test time' => [static fn () => Carbon::setTestNow('2001-01-01'), static fn () => Carbon::hasTestNow()],
    'carbon, immutable: test time' => [static fn () => CarbonImmutable::setTestNow('2001-01-01'), static fn () => CarbonImmutable::hasTestNow()],
    'carbon: travel' => [static fn () => Carbon::setTestNow(Carbon::now()->addYears(3)), static fn () => now()->year > (int) date('Y') + 1],
    'carbon: locale' => [static fn () => Carbon::setLocale('de'), static fn () => Carbon::getLocale()],
    'carbon: strict' => [static fn () => Carbon::useStrictMode(! Carbon::isStrictModeEnabled()), static fn () => Carbon::isStrictModeEnabled()],
    'carbon: weekend' => [static fn () => Carbon::setWeekendDays([1]), static fn () => Carbon::getWeekendDays()],
    'carbon: text' => [static fn () => Carbon::setToStringFormat('Y'), static fn () => (string) Carbon::create(2001, 2, 3)],
    'carbon: JSON' => [static fn () => Carbon::serializeUsing(static fn () => 'left'), static fn () => json_encode(Carbon::create(2001, 2, 3))],
    'carbon: overflow' => [static fn () => Carbon::useMonthsOverflow(false), static fn () => Carbon::shouldOverflowMonths()],
    'date: class' => [static fn () => Date::use(CarbonImmutable::class), static fn () => now()::class],
    'date: callable' => [static fn () => DateFactory::useCallable($closure()), static fn () => $static(DateFactory::class, 'callable')],
    'date: factory' => [static fn () => DateFactory::useFactory(new \Carbon\Factory), static fn () => $static(DateFactory::class, 'factory')],
    'str: cache of snake' => [static fn () => Str::snake('OfAJob'), static fn () => $static(Str::class, 'snakeCache')['OfAJob'] ?? null],
    'str: cache of camel' => [static fn () => Str::camel('of_a_job'), static fn () => $static(Str::class, 'camelCache')['of_a_job'] ?? null],
    'str: cache of studly' => [static fn () => Str::studly('of_a_job'), static fn () => $static(Str::class, 'studlyCache')['of_a_job'] ?? null],
    'str: random' => [static fn () => Str::createRandomStringsUsing(static fn () => 'left'), static fn () => Str::random() === 'left'],
    'str: uuid' => [static fn () => Str::createUuidsUsing(static fn () => 'left'), static fn () => $static(Str::class, 'uuidFactory')],
    'str: ulid' => [static fn () => Str::createUlidsUsing(static fn () => 'left'), static fn () => $static(Str::class, 'ulidFactory')],
    'once' => [
        static function (): void {
            Once::flush();
            Holder::$static = 2;
            remembered();
        },
        static fn () => remembered(),
    ],
    'once, switched off' => [static fn () => Once::disable(), static fn () => $static(Once::class, 'enabled')],
    'sleep: fake' => [static fn () => Sleep::fake(), static fn () => $static(Sleep::class, 'fake')],
    'sleep: whenFakingSleep' => [static fn () => Sleep::whenFakingSleep($closure()), static fn () => count($static(Sleep::class, 'fakeSleepCallbacks'))],
    'lottery' => [static fn () => Lottery::alwaysWin(), static fn () => $static(Lottery::class, 'resultFactory')],
    'proxies of collections' => [static fn () => Collection::proxy('left'), static fn () => $static(Collection::class, 'proxies')],
    'exception of HTTP, truncated' => $held(Illuminate\Http\Client\RequestException::class, 'truncateAt', static fn () => Illuminate\Http\Client\RequestException::truncateAt(7)),
    'handler of exceptions, memory' => $held(Illuminate\Foundation\Bootstrap\HandleExceptions::class, 'reservedMemory', static fn () => (new ReflectionProperty(Illuminate\Foundation\Bootstrap\HandleExceptions::class, 'reservedMemory'))->setValue(null, 'left')),
    'defer' => [static fn () => app(Illuminate\Support\Defer\DeferredCallbackCollection::class)[] = new Illuminate\Support\Defer\DeferredCallback($closure(), 'left'), static fn () => count(app(Illuminate\Support\Defer\DeferredCallbackCollection::class))],
    'concurrency: default' => [static fn () => Illuminate\Support\Facades\Concurrency::setDefaultInstance('sync'), static fn () => Illuminate\Support\Facades\Concurrency::getDefaultInstance()],
    'dump: handler' => [static fn () => Symfony\Component\VarDumper\VarDumper::setHandler($closure()), static fn () => basename((new ReflectionFunction($static(Symfony\Component\VarDumper\VarDumper::class, 'handler')))->getFileName())],
    'dump: casters' => [static fn () => Symfony\Component\VarDumper\Cloner\AbstractCloner::$defaultCasters['Left'] = $closure(), static fn () => isset(Symfony\Component\VarDumper\Cloner\AbstractCloner::$defaultCasters['Left'])],
    'errors of the view' => [static fn () => view()->share('errors', new MessageBag(['left' => 'left'])), static fn () => view()->shared('errors')],
    'scoped binding' => [static fn () => app(Scoped::class)->mark = 'left', static fn () => app(Scoped::class)->mark],
    'singleton' => [static fn () => app(Flushed::class)->mark = 'left', static fn () => app(Flushed::class)->mark],
];
