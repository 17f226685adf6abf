<?php

declare(strict_types=1);

namespace Laraman\Gateway;

use Illuminate\Contracts\Config\Repository;
use Illuminate\Contracts\Foundation\Application;
use Laraman\Console\Dotenv;

/**
 * Finds the sockets of this application's server. A process that the server has started gets the address in a variable;
 * other processes read the server's settings, in the server's order (environment, .env, config/laraman.php). A relative
 * path is resolved as in the server: in the current directory if it comes from the environment, otherwise in the application.
 */
final class ServerPlace
{
    /** Variable with the address of the task port, which the server sets for processes that it starts. */
    private const TOLD = 'LARAMAN_GATEWAY_SOCKET';

    /** Maximum bytes of a Unix socket's path in the kernel. */
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

        // The target of a long symbolic link may have a short path.
        return strlen($path) > self::LONGEST_PATH && is_string($real = realpath($path)) ? $real : $path;
    }

    /**
     * The value of a setting, and the directory in which a relative path in it is resolved; null if it is not set.
     *
     * @return array{string, string}|null
     */
    private function setting(string $key): ?array
    {
        $name = 'LARAMAN_'.strtoupper($key);
        $environment = Dotenv::value(getenv($name) ?: null);
        $dotenv = Dotenv::variables($this->app)[$name] ?? '';

        // Laravel has loaded the variables of .env into the environment, unless the configuration is cached.
        if ($environment !== '' && $environment !== $dotenv) {
            return [$environment, (string) getcwd()];
        }

        $value = $dotenv !== '' ? $dotenv : $this->config->get("laraman.server.$key");

        return is_string($value) && $value !== '' ? [$value, $this->app->basePath()] : null;
    }

    /** Reads an address like the program: "unix:/path", "tcp://host:port", "host:port", or a path. */
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
