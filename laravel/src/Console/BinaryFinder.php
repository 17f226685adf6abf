<?php

declare(strict_types=1);

namespace Laraman\Console;

use Symfony\Component\Process\ExecutableFinder;

/**
 * Finds the `laraman` program: configuration, LARAMAN_BINARY in the environment or in .env, Composer's bin-dir, PATH.
 */
class BinaryFinder
{
    /** @param  string|null  $dotenv  LARAMAN_BINARY in .env */
    public function __construct(private readonly string $basePath, private readonly ?string $dotenv = null)
    {
    }

    /**
     * The path of an executable file, or null if there is none.
     *
     * @param  string|null  $configured  laraman.binary; if it is set, no other place is searched
     */
    public function find(?string $configured): ?string
    {
        foreach ([$configured, getenv('LARAMAN_BINARY'), $this->dotenv] as $named) {
            if (is_string($named) && $named !== '') {
                return $this->executable($named);
            }
        }

        return $this->executable($this->folder().'/laraman') ?? (new ExecutableFinder)->find('laraman');
    }

    /** The folder in which Composer installs the programs of packages: its bin-dir, vendor/bin by default. */
    public function folder(): string
    {
        /** @var array{config?: array<string, mixed>}|null $composer */
        $composer = json_decode((string) @file_get_contents("$this->basePath/composer.json"), true);
        $vendor = $composer['config']['vendor-dir'] ?? 'vendor';
        $folder = $composer['config']['bin-dir'] ?? (is_string($vendor) ? "$vendor/bin" : '');

        return is_string($folder) && $folder !== '' ? (str_starts_with($folder, '/') ? $folder : "$this->basePath/$folder") : "$this->basePath/vendor/bin";
    }

    private function executable(string $path): ?string
    {
        return is_file($path) && is_executable($path) ? $path : null;
    }
}
