<?php

declare(strict_types=1);

namespace Laraman\Console;

use Illuminate\Console\Command;
use Illuminate\Contracts\Config\Repository;
use Illuminate\Foundation\Application;
use Laraman\LaramanServiceProvider;
use RuntimeException;

/**
 * Prepares an application for the server: publishes the configuration and the socket routes, and installs the server's
 * program if it is missing. It lists the steps first, and skips those that are already done.
 */
final class InstallCommand extends Command
{
    /** Variables that are added to .env if they are missing. */
    private const ENVIRONMENT = ['LARAMAN_PORT' => '8000'];

    protected $signature = 'laraman:install
        {--from= : File with the archive of the program}
        {--mirror= : URL of a folder with the archives, in place of the release}
        {--force : Download the program even if there is one}';

    protected $description = 'Prepare this application for Laraman, and download its program';

    public function handle(Application $app, Repository $config, BinaryFinder $finder, ProgramArchive $archive): int
    {
        $source = $absence = null;

        try {
            $source = $this->source($config, $finder, $archive);
        } catch (RuntimeException $absence) {
            // Reported at the end: the other steps can be done.
        }

        $steps = array_filter([
            'publish config/laraman.php' => is_file($app->configPath('laraman.php')) ? null : fn () => $this->publish('laraman-config'),
            'publish routes/sockets.php' => is_file($app->basePath('routes/sockets.php')) ? null : fn () => $this->publish('laraman-routes'),
            ...$this->environmentSteps($app),
            "fetch the program from $source to {$finder->folder()}" => $source === null ? null : static fn () => $archive->install($source, $finder->folder()),
        ]);

        if ($steps !== [] && ! $this->agreed(array_keys($steps))) {
            return self::FAILURE;
        }

        foreach ($steps as $name => $step) {
            try {
                $step();
            } catch (RuntimeException $failure) {
                return $this->failed($failure);
            }

            $this->components->twoColumnDetail($name, '<info>done</info>');
        }

        if ($absence !== null) {
            return $this->failed($absence);
        }

        $this->components->info('Serve the application with: php artisan laraman start');

        return self::SUCCESS;
    }

    /** @param  list<string>  $steps */
    private function agreed(array $steps): bool
    {
        $this->components->info('This will be done:');
        $this->components->bulletList($steps);

        return $this->confirm('Go on?', true);
    }

    /** The source of the program; null if the program is already there. */
    private function source(Repository $config, BinaryFinder $finder, ProgramArchive $archive): ?string
    {
        $from = $this->option('from');
        $mirror = $this->option('mirror');
        $configured = $config->get('laraman.binary');

        if (is_string($from)) {
            return $from;
        }

        $there = $finder->find(is_string($configured) && $configured !== '' ? $configured : null);

        return $there === null || $this->option('force') === true ? $archive->address(is_string($mirror) ? $mirror : null) : null;
    }

    /** @return array<string, callable(): void> */
    private function environmentSteps(Application $app): array
    {
        $steps = [];

        foreach ([$app->environmentFilePath(), $app->basePath('.env.example')] as $file) {
            $text = is_file($file) ? (string) file_get_contents($file) : null;
            $missing = array_filter(self::ENVIRONMENT, static fn (string $name): bool => $text !== null && preg_match("/^$name=/m", $text) !== 1, ARRAY_FILTER_USE_KEY);

            if ($missing !== []) {
                $lines = implode('', array_map(static fn (string $name, string $value): string => "$name=$value\n", array_keys($missing), $missing));
                $steps['add '.implode(', ', array_keys($missing)).' to '.basename($file)] = static function () use ($file, $text, $lines): void {
                    file_put_contents($file, rtrim((string) $text, "\n")."\n\n$lines");
                };
            }
        }

        return $steps;
    }

    private function publish(string $tag): void
    {
        $this->callSilently('vendor:publish', ['--provider' => LaramanServiceProvider::class, '--tag' => $tag]);
    }

    private function failed(RuntimeException $failure): int
    {
        $this->components->error($failure->getMessage());

        return self::FAILURE;
    }
}
