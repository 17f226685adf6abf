<?php

declare(strict_types=1);

namespace Laraman\Console;

use Illuminate\Contracts\Config\Repository;
use Illuminate\Contracts\Foundation\Application;
use RuntimeException;

/**
 * The server's program and its arguments, as artisan calls it: with the application's path as the user has typed it, and
 * with the environment of this process before Laravel has loaded .env.
 */
final class Program
{
    /** Actions that concern no application. */
    private const WITHOUT_APPLICATION = ['gateway', 'version'];

    public function __construct(
        private readonly Application $app,
        private readonly Repository $config,
        private readonly BinaryFinder $finder,
        private readonly string $system = PHP_OS_FAMILY,
    ) {
    }

    /** Whether the program exists for this operating system. */
    public function runsHere(): bool
    {
        return $this->system === 'Linux';
    }

    /**
     * Path of the program.
     *
     * @throws RuntimeException if it is not found; the message has the places that were searched
     */
    public function binary(): string
    {
        $configured = $this->config->get('laraman.binary');
        $configured = is_string($configured) && $configured !== '' ? $configured : null;

        return $this->finder->find($configured) ?? throw new RuntimeException($configured !== null
            ? "The laraman program is not at [$configured] (laraman.binary), or is not executable."
            : "The laraman program was not found: not in the environment or .env (LARAMAN_BINARY), not in {$this->finder->folder()}, not in the PATH.");
    }

    /**
     * The program's arguments: the action, this application, and the arguments that the user has typed.
     *
     * @param  list<string>  $typed
     * @return list<string>
     */
    public function arguments(?string $action, array $typed): array
    {
        if ($action === null) {
            return $typed;
        }

        $app = in_array($action, self::WITHOUT_APPLICATION, true) ? [] : ['--app', $this->path()];

        return [$action, ...$app, ...$typed];
    }

    /**
     * The environment with which this process was started, and the PHP that runs artisan as a default for the program.
     *
     * @return array<string, string>
     */
    public function environment(): array
    {
        $environment = [];

        // From the kernel's copy: Dotenv has changed getenv(), $_ENV and $_SERVER.
        foreach (explode("\0", (string) @file_get_contents('/proc/self/environ')) as $entry) {
            if (($equals = strpos($entry, '=')) > 0) {
                $environment[substr($entry, 0, $equals)] = substr($entry, $equals + 1);
            }
        }

        return ['LARAMAN_ARTISAN_PHP' => PHP_BINARY] + ($environment ?: getenv());
    }

    /**
     * Path of the application, from the name of the artisan file that was called. It keeps symbolic links, so that the
     * server follows them to the next release.
     */
    private function path(): string
    {
        $argv = $_SERVER['argv'] ?? [];
        $script = is_array($argv) && is_string($argv[0] ?? null) ? $argv[0] : '';
        $path = dirname(self::normal(str_starts_with($script, '/') ? $script : $this->directory().'/'.$script));

        return realpath($path) === realpath($this->app->basePath()) ? $path : $this->app->basePath();
    }

    /** The current directory as the shell shows it, with its symbolic links. */
    private function directory(): string
    {
        $shown = $this->environment()['PWD'] ?? '';
        $directory = (string) getcwd();

        return str_starts_with($shown, '/') && realpath($shown) === $directory ? $shown : $directory;
    }

    private static function normal(string $path): string
    {
        $parts = [];

        foreach (explode('/', $path) as $part) {
            if ($part === '..') {
                array_pop($parts);
            } elseif ($part !== '' && $part !== '.') {
                $parts[] = $part;
            }
        }

        return '/'.implode('/', $parts);
    }
}
