<?php

declare(strict_types=1);

namespace Laraman\Console;

use Dotenv\Dotenv as Reader;
use Dotenv\Repository\Adapter\ArrayAdapter;
use Dotenv\Repository\Adapter\ServerConstAdapter;
use Dotenv\Repository\RepositoryBuilder;
use Illuminate\Contracts\Foundation\Application;
use Illuminate\Foundation\Application as FoundationApplication;

/**
 * What .env says of the server. It is read here because Laravel does not read it once the configuration is cached.
 */
final class Dotenv
{
    private const PREFIX = 'LARAMAN_';

    /**
     * The variables of .env whose names begin with LARAMAN_, as they stand there: the process's own environment does not
     * change them.
     *
     * @return array<string, string>
     *
     * @throws \Dotenv\Exception\InvalidFileException if .env cannot be parsed
     */
    public static function variables(Application $app): array
    {
        if (! $app instanceof FoundationApplication || ! is_file($app->environmentFilePath())) {
            return [];
        }

        // "${NAME}" means the process's variable, as it does for Laravel; nothing is written to the environment.
        $repository = RepositoryBuilder::createWithNoAdapters()->addReader(ServerConstAdapter::class)->addAdapter(ArrayAdapter::class)->make();
        $all = Reader::create($repository, $app->environmentPath(), $app->environmentFile())->load();

        return array_filter($all, static fn (?string $value, string $name): bool => $value !== null && str_starts_with($name, self::PREFIX), ARRAY_FILTER_USE_BOTH);
    }
}
