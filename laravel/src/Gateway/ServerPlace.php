<?php

declare(strict_types=1);

namespace Laraman\Gateway;

use Illuminate\Contracts\Config\Repository;
use Illuminate\Contracts\Foundation\Application;
use Laraman\Console\Dotenv;

/**
 * Where the server of this application has its sockets. Processes that the server has started are told by it; others
 * look at its settings, in its own order (environment, .env, config/laraman.php). A relative path starts where it does
 * for the server: in the current directory if it is from the environment, else in the application.
 */
final class ServerPlace
{
    /** By it the server tells processes that it starts the address of its task port. */
    private const TOLD = 'LARAMAN_GATEWAY_SOCKET';

    /** Bytes of a Unix socket's path that the kernel takes. */
    private const LONGEST_PATH = 107;

    public function __construct(private readonly Application $app, private readonly Repository $config)
    {
    }

    public function runtimeDirectory(): string
    {
        [$path, $base] = $this->setting('runtime_dir') ?? ['framework/laraman', $this->app->storagePath()];

        return self::absolute($path, $base);
    }

    /** The task socket for PHP outside the workers: a path, or "tcp://host:port". */
    public function taskSocket(): string
    {
        $configured = $this->config->get('laraman.gateway.socket');

        if (is_string($configured) && $configured !== '') {
            return self::address($configured, $this->app->basePath());
        }

        if (is_string($told = getenv(self::TOLD)) && $told !== '') {
            return self::address($told, '');
        }

        if (($setting = $this->setting('task_socket')) !== null) {
            return self::address(...$setting);
        }

        $path = $this->runtimeDirectory().'/task.sock';

        // A symbolic link with a long name may lead to a directory with a short one.
        return strlen($path) > self::LONGEST_PATH && is_string($real = realpath($path)) ? $real : $path;
    }

    /**
     * The text of a setting, and the directory in which a relative path in it starts; null where it is not set.
     *
     * @return array{string, string}|null
     */
    private function setting(string $key): ?array
    {
        $name = 'LARAMAN_'.strtoupper($key);
        $environment = Dotenv::value(getenv($name) ?: null);
        $dotenv = Dotenv::variables($this->app)[$name] ?? '';

        // Laravel has put the variables of .env into the environment, unless the configuration is cached.
        if ($environment !== '' && $environment !== $dotenv) {
            return [$environment, (string) getcwd()];
        }

        $value = $dotenv !== '' ? $dotenv : $this->config->get("laraman.server.$key");

        return is_string($value) && $value !== '' ? [$value, $this->app->basePath()] : null;
    }

    /** As the program reads an address: "unix:/path", "tcp://host:port", "host:port", or a path. */
    private static function address(string $address, string $base): string
    {
        if (str_starts_with($address, 'tcp://')) {
            return $address;
        }

        if (! str_contains($address, '/') && str_contains($address, ':')) {
            return "tcp://$address";
        }

        return self::absolute((string) preg_replace('~^unix:(//)?~', '', $address), $base);
    }

    private static function absolute(string $path, string $base): string
    {
        return str_starts_with($path, '/') ? $path : "$base/$path";
    }
}
