<?php

declare(strict_types=1);

namespace Laraman\Testing;

use Laraman\Contracts\GatewayClient;
use Laraman\Gateway\Outgoing;
use Laraman\Gateway\Target;
use Laraman\Gateway\TargetKind;

/**
 * Replaces the gateway in tests: records all commands, and keeps channels and users of the connections that a test has
 * opened with connect().
 */
final class FakeClient implements GatewayClient
{
    /** @var list<SentMessage> */
    public array $sent = [];

    /** @var list<array{target: Target, code: int, reason: string}> */
    public array $closed = [];

    /** @var list<array{login: string, code: int, reason: string}> */
    public array $closedLogins = [];

    /** @var array<string, array{user: string, session: string, channels: list<string>, login: string}> */
    private array $open = [];

    /**
     * Adds an open connection.
     *
     * @param  list<string>  $channels
     * @param  string  $login  from Laraman\Socket\Login::key()
     */
    public function connect(string $connection, string $user = '', array $channels = [], string $login = ''): void
    {
        $this->open[$connection] = ['user' => $user, 'session' => '', 'channels' => $channels, 'login' => $login];
    }

    public function join(string $connection, array $channels): void
    {
        $this->remember($connection);
        $this->open[$connection]['channels'] = array_values(array_unique([...$this->open[$connection]['channels'], ...$channels]));
    }

    public function leave(string $connection, array $channels): void
    {
        $this->remember($connection);
        $this->open[$connection]['channels'] = array_values(array_diff($this->open[$connection]['channels'], $channels));
    }

    public function send(string $connection, Outgoing $message): void
    {
        $this->deliver(new Target(TargetKind::Connection, [$connection]), $message);
    }

    public function close(string $connection, int $code, string $reason): void
    {
        $this->disconnect(new Target(TargetKind::Connection, [$connection]), $code, $reason);
    }

    public function setUser(string $connection, string $user): void
    {
        $this->remember($connection);
        $this->open[$connection]['user'] = $user;
    }

    public function setSession(string $connection, string $session): void
    {
        $this->remember($connection);
        $this->open[$connection]['session'] = $session;
    }

    /** The session string of a connection. */
    public function session(string $connection): string
    {
        return $this->open[$connection]['session'] ?? '';
    }

    public function deliver(Target $target, Outgoing $message): void
    {
        $this->sent[] = new SentMessage($target, $message->payload(), $message->binary);
    }

    public function changeChannels(Target $target, array $join, array $leave): void
    {
        foreach ($this->connections($target) as $connection) {
            $this->leave($connection, $leave);
            $this->join($connection, $join);
        }
    }

    public function disconnect(Target $target, int $code, string $reason, string $opening = ''): void
    {
        $this->closed[] = ['target' => $target, 'code' => $code, 'reason' => $reason];

        foreach ($this->connections($target) as $connection) {
            unset($this->open[$connection]);
        }
    }

    public function closeUser(string $user, int $code, string $reason, string $exceptLogin): void
    {
        $except = $exceptLogin === '' ? [] : array_keys(array_filter($this->open, static fn (array $connection): bool => $connection['login'] === $exceptLogin));

        $this->disconnect(new Target(TargetKind::User, [$user], array_map(strval(...), $except)), $code, $reason);
    }

    public function closeLogins(array $logins, int $code, string $reason): void
    {
        foreach ($logins as $login) {
            $this->closedLogins[] = ['login' => $login, 'code' => $code, 'reason' => $reason];
        }

        foreach ($this->open as $id => $connection) {
            if (in_array($connection['login'], $logins, true)) {
                $this->close((string) $id, $code, $reason);
            }
        }
    }

    public function updateLogin(string $login, string $newLogin, array $meta): void
    {
        foreach ($this->open as $id => $connection) {
            if ($connection['login'] === $login) {
                $this->open[$id]['login'] = $newLogin;
            }
        }
    }

    public function setMeta(string $connection, array $meta): void
    {
        // Meta is internal to the package: tests of an application do not see it.
    }

    public function connections(Target $target): array
    {
        $connections = [];

        foreach ($this->open as $id => $connection) {
            $id = (string) $id;
            $matches = match ($target->kind) {
                TargetKind::All => true,
                TargetKind::Channel => array_intersect($target->names, $connection['channels']) !== [],
                TargetKind::User => in_array($connection['user'], $target->names, true),
                TargetKind::Connection => in_array($id, $target->names, true),
            };

            if ($matches && ! in_array($id, $target->except, true)) {
                $connections[] = $id;
            }
        }

        return $connections;
    }

    public function count(Target $target): int
    {
        return count($this->connections($target));
    }

    public function users(Target $target): array
    {
        $users = array_map(fn (string $id): string => $this->open[$id]['user'], $this->connections($target));

        return array_values(array_unique(array_filter($users, static fn (string $user): bool => $user !== '')));
    }

    public function channels(): array
    {
        return array_values(array_unique(array_merge([], ...array_column($this->open, 'channels'))));
    }

    private function remember(string $connection): void
    {
        $this->open[$connection] ??= ['user' => '', 'session' => '', 'channels' => [], 'login' => ''];
    }
}
