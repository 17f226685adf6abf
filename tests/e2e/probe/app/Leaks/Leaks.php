<?php

declare(strict_types=1);

namespace App\Leaks;

use Illuminate\Support\Carbon;
use Illuminate\Support\Facades\App;
use Illuminate\Support\Facades\Auth;
use Illuminate\Support\Facades\Cache;
use Illuminate\Support\Facades\Config;
use Illuminate\Support\Facades\Context;
use Illuminate\Support\Facades\DB;
use Illuminate\Support\Facades\Log;
use Illuminate\Support\Facades\Mail;
use Illuminate\Support\Facades\URL;
use Illuminate\Support\Facades\View;
use Illuminate\Support\Str;
use ReflectionProperty;

/**
 * The places where a user's mark may stay in a resident application.
 */
final class Leaks
{
    private static string $current = '';

    /** @return array<string, mixed> what is there before this request or event has left anything */
    public static function found(string $mark): array
    {
        self::$current = $mark;

        return [
            'config' => Config::get('probe.mark'),
            'config, known key' => Config::get('app.name'),
            'locale' => App::getLocale(),
            'fallback locale' => App::getFallbackLocale(),
            "Carbon's locale" => Carbon::getLocale(),
            'default guard' => Auth::getDefaultDriver(),
            'once' => once(static fn (): string => self::$current) === $mark,
            'scoped' => app(Scoped::class)->mark,
            'flushed singleton' => app(Flushed::class)->mark,
            'instance' => app()->bound('probe.mark'),
            'view share' => View::shared('probe_mark'),
            'URL defaults' => URL::getDefaultParameters(),
            'URL scheme and root' => url('/there'),
            'log context' => Log::sharedContext(),
            'context' => Context::all(),
            'query log' => DB::logging(),
            'record modification' => DB::hasModifiedRecords(),
            'array cache' => Cache::store('array')->get('probe.mark'),
            'mail to' => (fn (): mixed => $this->to)->call(Mail::mailer('array')),
            // Names of models exist from the start, once the worker has learned them.
            'Str cache' => array_values((array) preg_grep('/^Mark/', array_keys((array) (new ReflectionProperty(Str::class, 'snakeCache'))->getValue()))),
        ];
    }

    /** Leaves the mark everywhere. */
    public static function leave(string $mark): void
    {
        Config::set('probe.mark', $mark);
        Config::set('app.name', $mark);
        App::setLocale($mark === 'ada' ? 'de' : 'fr');
        App::setFallbackLocale($mark === 'ada' ? 'it' : 'es');
        app(Scoped::class)->mark = $mark;
        app(Flushed::class)->mark = $mark;
        app()->instance('probe.mark', $mark);
        View::share('probe_mark', $mark);
        URL::defaults(['mark' => $mark]);
        URL::forceScheme('https');
        URL::forceRootUrl("https://$mark.example");
        Log::shareContext(['mark' => $mark]);
        Context::add('mark', $mark);
        DB::enableQueryLog();
        DB::update('update users set updated_at = ? where name = ?', [now(), $mark]);
        Cache::store('array')->put('probe.mark', $mark);
        Mail::alwaysTo("$mark@example.com");
        Str::snake("Mark$mark");
        Auth::shouldUse('other');
    }
}
