<?php

declare(strict_types=1);

namespace Laraman\Socket;

use Illuminate\Auth\AuthManager;
use Illuminate\Contracts\Auth\Authenticatable;
use Illuminate\Contracts\Config\Repository;
use Illuminate\Foundation\Application;
use Laraman\Gateway\UserNames;

/**
 * Makes a connection's user the authenticated one while an event of it is handled.
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
     * Replaces the guard of the user, and makes it the default one, while one event is handled. The model is loaded when
     * somebody asks for it.
     *
     * @param  string  $user  the gateway's name for it; empty for a guest
     * @param  string|null  $provider  by which it is loaded where its guard has none
     * @return string|null the guard; null where the application has no such guard
     */
    public function authenticate(string $user, ?string $provider = null): ?string
    {
        [$guard, $identifier] = $this->names->parse($user);
        $settings = array_key_exists($guard, $this->settings)
            ? $this->settings[$guard]
            : $this->settings[$guard] = $this->settings($guard);

        // Guards that are resolved keep their users.
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
     * The provider of a user whose guard has none, since it finds users by itself as Sanctum's does: the one that has users
     * of exactly its class. Null where the guard has a provider, or there is no such one.
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
