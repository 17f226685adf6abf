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
 * The server's settings in .env. They are read here because Laravel does not read .env once the configuration is cached.
 */
final class Dotenv
{
    private const PREFIX = 'LARAMAN_';

    /**
     * The variables of .env whose names begin with LARAMAN_ and that have a value, regardless of the process's environment.
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

        // "${NAME}" refers to the process's environment, as in Laravel; nothing is written to the environment.
        $repository = RepositoryBuilder::createWithNoAdapters()->addReader(ServerConstAdapter::class)->addAdapter(ArrayAdapter::class)->make();
        $all = Reader::create($repository, $app->environmentPath(), $file)->load();

        $values = array_map(self::value(...), array_filter($all, static fn (string $name): bool => str_starts_with($name, self::PREFIX), ARRAY_FILTER_USE_KEY));

        return array_filter($values, static fn (string $value): bool => $value !== '');
    }

    /** Reads a value like env(): "null" and "empty" mean no value, "(true)" means "true". */
    public static function value(?string $text): string
    {
        return match (strtolower($text ?? '')) {
            'null', '(null)', 'empty', '(empty)' => '',
            'true', '(true)' => 'true',
            'false', '(false)' => 'false',
            default => $text ?? '',
        };
    }

    /** The file for --env or APP_ENV if it exists, as Laravel chooses it if the configuration is not cached. */
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
