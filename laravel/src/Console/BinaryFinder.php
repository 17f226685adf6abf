<?php

declare(strict_types=1);

namespace Laraman\Console;

use Symfony\Component\Process\ExecutableFinder;

/**
 * Finds the `laraman` program: configuration, environment (LARAMAN_BINARY), vendor/bin, PATH.
 */
class BinaryFinder
{
    public function __construct(private readonly string $basePath)
    {
    }

    /**
     * The path of an executable file, or null where there is none.
     *
     * @param  string|null  $configured  laraman.binary; where it is set, nothing else is tried
     */
    public function find(?string $configured): ?string
    {
        $named = $configured ?? getenv('LARAMAN_BINARY');

        if (is_string($named) && $named !== '') {
            return $this->executable($named);
        }

        return $this->executable($this->basePath.'/vendor/bin/laraman') ?? (new ExecutableFinder)->find('laraman');
    }

    private function executable(string $path): ?string
    {
        return is_file($path) && is_executable($path) ? $path : null;
    }
}
