<?php

declare(strict_types=1);

namespace Laraman\Console;

use Illuminate\Console\Command;
use Illuminate\Contracts\Config\Repository;
use Illuminate\Contracts\Foundation\Application;
use Laraman\Version;

/**
 * Writes this application's settings of the server: "server" of config/laraman.php, without nulls, and the LARAMAN_…
 * variables of .env, which override it. The server runs this command at its start and at each reload, and reads the result
 * from a descriptor that it passes. On a terminal the command shows both merged, without secrets.
 */
final class SettingsCommand extends Command
{
    private const SECRET = 'netsvr_secret';

    protected $signature = 'laraman:settings {--json : As JSON}';

    protected $description = 'Show this application\'s settings of the server';

    public function handle(Application $app, Repository $config): int
    {
        $server = array_filter((array) $config->get('laraman.server'), static fn (mixed $value): bool => $value !== null);
        $dotenv = Dotenv::variables($app);

        // 0660 in PHP is the integer 432; the program reads octal digits.
        if (is_int($mode = $server['socket_mode'] ?? null)) {
            $server['socket_mode'] = sprintf('%04o', $mode);
        }

        $descriptor = getenv('LARAMAN_SETTINGS_FD');

        if ($descriptor !== false) {
            $json = self::json([
                'config' => (object) $server,
                'dotenv' => (object) $dotenv,
                'storage_path' => $app->storagePath(),
                'public_path' => $app->publicPath(),
                'laravel_version' => $app->version(),
                'php_version' => PHP_VERSION,
                'package_version' => Version::NUMBER,
            ]);

            return file_put_contents("php://fd/$descriptor", $json) === strlen($json) ? self::SUCCESS : self::FAILURE;
        }

        $settings = self::merged($server, $dotenv);

        if ($this->option('json') === true) {
            $this->line(self::json((object) $settings, JSON_PRETTY_PRINT));

            return self::SUCCESS;
        }

        foreach ($settings as $name => $value) {
            $this->components->twoColumnDetail((string) $name, is_string($value) ? $value : self::json($value));
        }

        return self::SUCCESS;
    }

    /**
     * @param  array<array-key, mixed>  $server
     * @param  array<string, string>  $dotenv
     * @return array<array-key, mixed>
     */
    private static function merged(array $server, array $dotenv): array
    {
        $published = require dirname(__DIR__, 2).'/config/laraman.php';
        $keys = array_keys(is_array($published) ? (array) $published['server'] : []);

        // "config" names laraman.toml, which config/laraman.php does not.
        foreach (['config', ...array_diff($keys, ['ini'])] as $key) {
            if (isset($dotenv[$name = 'LARAMAN_'.strtoupper((string) $key)])) {
                $server[$key] = $dotenv[$name];
            }
        }

        return isset($server[self::SECRET]) ? [self::SECRET => '(set)'] + $server : $server;
    }

    private static function json(mixed $value, int $flags = 0): string
    {
        return json_encode($value, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | $flags);
    }
}
