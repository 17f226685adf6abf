<?php

declare(strict_types=1);

namespace Laraman\Socket;

use Illuminate\Auth\AuthManager;
use Illuminate\Contracts\Auth\Authenticatable;
use Illuminate\Contracts\Config\Repository;
use Illuminate\Foundation\Application;
use Laraman\Gateway\UserNames;

/**
 * Makes a connection's user the authenticated user while one of its events is handled.
 */
final class ConnectionAuth
{
    /** @var array<array-key, mixed> config/auth.php of the booted application */
    private readonly array $config;

    /** @var array<string, array{auth: array<array-key, mixed>, guards: array<array-key, mixed>, guard: array<array-key, mixed>}|null> by guard */
    private array $settings = [];

    public function __construct(
        private readonly Application $app,
        private readonly AuthManager $auth,
        private readonly Repository $repository,
        private readonly UserNames $names,
    ) {
        $this->config = (array) $repository->get('auth', []);

        $this->auth->extend(ConnectionGuard::DRIVER, static fn (Application $app, string $name, array $config): ConnectionGuard => new ConnectionGuard(
            $app->make(AuthManager::class)->createUserProvider(is_string($config['provider'] ?? null) ? $config['provider'] : null),
            is_string($config['identifier'] ?? null) ? $config['identifier'] : '',
            Login::applicationKey($app),
        ));
    }

    /**
     * Replaces the user's guard, and makes it the default guard, while one event is handled. The model is loaded on first
     * use.
     *
     * @param  string  $user  the user's name at the gateway; empty for a guest
     * @param  string|null  $provider  provider that loads the user, if the guard has none
     * @return string|null the guard; null if the application has no such guard
     */
    public function authenticate(string $user, ?string $provider = null): ?string
    {
        [$guard, $identifier] = $this->names->parse($user);
        $settings = array_key_exists($guard, $this->settings)
            ? $this->settings[$guard]
            : $this->settings[$guard] = $this->settings($guard);

        // Resolved guards keep their users.
        $this->auth->forgetGuards();
        $this->app->forgetInstance('auth.driver');

        if ($settings === null) {
            return null;
        }

        ['auth' => $auth, 'guards' => $guards, 'guard' => $one] = $settings;
        $one['identifier'] = $identifier;
        $one['provider'] ??= $provider;
        $guards[$guard] = $one;
        $auth['guards'] = $guards;
        $this->repository->set('auth', $auth);

        return $guard;
    }

    /**
     * The provider for a user whose guard has no provider, since the guard finds users by itself, as Sanctum's does: the
     * provider of exactly the user's class. Null if the guard has a provider, or if there is no such provider.
     */
    public function providerOf(Authenticatable $user, string $guard): ?string
    {
        $settings = ((array) ($this->config['guards'] ?? []))[$guard] ?? [];

        if (! is_array($settings) || isset($settings['provider'])) {
            return null;
        }

        foreach ((array) ($this->config['providers'] ?? []) as $name => $provider) {
            if (is_array($provider) && ($provider['model'] ?? null) === $user::class) {
                return (string) $name;
            }
        }

        return null;
    }

    /** @return array{auth: array<array-key, mixed>, guards: array<array-key, mixed>, guard: array<array-key, mixed>}|null */
    private function settings(string $guard): ?array
    {
        $guards = (array) ($this->config['guards'] ?? []);

        if (! is_array($one = $guards[$guard] ?? null)) {
            return null;
        }

        return [
            'auth' => [...$this->config, 'defaults' => [...(array) ($this->config['defaults'] ?? []), 'guard' => $guard]],
            'guards' => $guards,
            'guard' => [...$one, 'driver' => ConnectionGuard::DRIVER],
        ];
    }
}
