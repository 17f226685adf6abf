<?php

declare(strict_types=1);

namespace Laraman\Console;

use Symfony\Component\Process\ExecutableFinder;

/**
 * Finds the `laraman` program: configuration, LARAMAN_BINARY in the environment or in .env, vendor/bin, PATH.
 */
class BinaryFinder
{
    /** @param  string|null  $dotenv  LARAMAN_BINARY in .env */
    public function __construct(private readonly string $basePath, private readonly ?string $dotenv = null)
    {
    }

    /**
     * The path of an executable file, or null where there is none.
     *
     * @param  string|null  $configured  laraman.binary; where it is set, nothing else is tried
     */
    public function find(?string $configured): ?string
    {
        foreach ([$configured, getenv('LARAMAN_BINARY'), $this->dotenv] as $named) {
            if (is_string($named) && $named !== '') {
                return $this->executable($named);
            }
        }

        return $this->executable($this->basePath.'/vendor/bin/laraman') ?? (new ExecutableFinder)->find('laraman');
    }

    private function executable(string $path): ?string
    {
        return is_file($path) && is_executable($path) ? $path : null;
    }
}
