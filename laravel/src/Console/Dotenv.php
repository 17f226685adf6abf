<?php

declare(strict_types=1);

namespace Laraman\Console;

use Dotenv\Dotenv as Reader;
use Dotenv\Repository\Adapter\ArrayAdapter;
use Dotenv\Repository\Adapter\ServerConstAdapter;
use Dotenv\Repository\RepositoryBuilder;
use Illuminate\Contracts\Foundation\Application;
use Illuminate\Foundation\Application as FoundationApplication;
use Illuminate\Support\Env;
use Symfony\Component\Console\Input\ArgvInput;

/**
 * What .env says of the server. It is read here because Laravel does not read it once the configuration is cached.
 */
final class Dotenv
{
    private const PREFIX = 'LARAMAN_';

    /**
     * The variables of .env whose names begin with LARAMAN_ and that have a value, whatever the process's own environment
     * says.
     *
     * @return array<string, string>
     *
     * @throws \Dotenv\Exception\InvalidFileException if .env cannot be parsed
     */
    public static function variables(Application $app): array
    {
        if (! $app instanceof FoundationApplication || ! is_file($app->environmentPath().'/'.$file = self::file($app))) {
            return [];
        }

        // "${NAME}" means the process's variable, as it does for Laravel; nothing is written to the environment.
        $repository = RepositoryBuilder::createWithNoAdapters()->addReader(ServerConstAdapter::class)->addAdapter(ArrayAdapter::class)->make();
        $all = Reader::create($repository, $app->environmentPath(), $file)->load();

        $values = array_map(self::value(...), array_filter($all, static fn (string $name): bool => str_starts_with($name, self::PREFIX), ARRAY_FILTER_USE_KEY));

        return array_filter($values, static fn (string $value): bool => $value !== '');
    }

    /** As env() reads it: "null" and "empty" are no value, "(true)" is "true". */
    public static function value(?string $text): string
    {
        return match (strtolower($text ?? '')) {
            'null', '(null)', 'empty', '(empty)' => '',
            'true', '(true)' => 'true',
            'false', '(false)' => 'false',
            default => $text ?? '',
        };
    }

    /** That of --env or APP_ENV where there is one, as Laravel chooses it before it reads a configuration that is not cached. */
    private static function file(FoundationApplication $app): string
    {
        $file = $app->environmentFile();

        if (! $app->configurationIsCached()) {
            return $file;
        }

        foreach ([(new ArgvInput)->getParameterOption('--env'), Env::get('APP_ENV')] as $name) {
            if (is_string($name) && $name !== '' && is_file($app->environmentPath()."/$file.$name")) {
                return "$file.$name";
            }
        }

        return $file;
    }
}
