<?php

declare(strict_types=1);

namespace Laraman\Gateway;

use Laraman\Contracts\GatewayClient;
use Laraman\Contracts\Transport;

/**
 * Encodes netsvr's commands and queries, with Laraman's extensions, for any transport. The numbers below are field
 * numbers of proto/netsvr.proto.
 */
final class NetsvrClient implements GatewayClient
{
    private const DATA_TYPE = 100;

    private const EVENT = 110;

    private const TEXT = 1;

    private const BINARY = 2;

    private const EXCEPT = 101;

    public function __construct(private readonly Transport $transport)
    {
    }

    public function join(string $connection, array $channels): void
    {
        if ($channels !== []) {
            $this->transport->command(
                Command::TOPIC_SUBSCRIBE,
                Protobuf::bytes(1, $connection).Protobuf::repeated(2, $channels),
            );
        }
    }

    public function leave(string $connection, array $channels): void
    {
        if ($channels !== []) {
            $this->transport->command(
                Command::TOPIC_UNSUBSCRIBE,
                Protobuf::bytes(1, $connection).Protobuf::repeated(2, $channels),
            );
        }
    }

    public function send(string $connection, Outgoing $message): void
    {
        $this->transport->command(
            Command::SINGLE_CAST,
            Protobuf::bytes(1, $connection).self::message(2, $message),
        );
    }

    public function close(string $connection, int $code, string $reason): void
    {
        $this->disconnect(new Target(TargetKind::Connection, [$connection]), $code, $reason);
    }

    public function setUser(string $connection, string $user): void
    {
        $user === ''
            ? $this->transport->command(Command::CONN_INFO_DELETE, Protobuf::bytes(1, $connection).Protobuf::integer(3, true))
            : $this->transport->command(Command::CONN_INFO_UPDATE, Protobuf::bytes(1, $connection).Protobuf::bytes(4, $user));
    }

    public function setSession(string $connection, string $session): void
    {
        $session === ''
            ? $this->transport->command(Command::CONN_INFO_DELETE, Protobuf::bytes(1, $connection).Protobuf::integer(2, true))
            : $this->transport->command(Command::CONN_INFO_UPDATE, Protobuf::bytes(1, $connection).Protobuf::bytes(3, $session));
    }

    public function deliver(Target $target, Outgoing $message): void
    {
        $except = Protobuf::repeated(self::EXCEPT, $target->except);

        switch ($target->kind) {
            case TargetKind::All:
                $this->transport->command(Command::BROADCAST, self::message(1, $message).$except);
                break;

            case TargetKind::Channel:
                if ($target->names !== []) {
                    $this->transport->command(
                        Command::TOPIC_PUBLISH,
                        Protobuf::repeated(1, $target->names).self::message(2, $message).$except,
                    );
                }
                break;

            case TargetKind::User:
                if ($target->names !== []) {
                    $this->transport->command(
                        Command::MULTICAST_BY_CUSTOMER_ID,
                        Protobuf::repeated(1, $target->names).self::message(2, $message).$except,
                    );
                }
                break;

            case TargetKind::Connection:
                $connections = self::named($target);

                if (count($connections) === 1) {
                    $this->send($connections[0], $message);
                } elseif ($connections !== []) {
                    $this->transport->command(
                        Command::MULTICAST,
                        Protobuf::repeated(1, $connections).self::message(2, $message),
                    );
                }
        }
    }

    public function changeChannels(Target $target, array $join, array $leave): void
    {
        if (($join === [] && $leave === []) || ($target->kind !== TargetKind::All && $target->names === [])) {
            return;
        }

        $connections = match ($target->kind) {
            TargetKind::Connection => Protobuf::repeated(1, $target->names),
            TargetKind::User => Protobuf::repeated(2, $target->names),
            TargetKind::Channel => Protobuf::repeated(3, $target->names),
            TargetKind::All => Protobuf::integer(4, true),
        };

        $this->transport->command(
            Command::CHANNELS_UPDATE,
            $connections.Protobuf::repeated(5, $target->except).Protobuf::repeated(6, $join).Protobuf::repeated(7, $leave),
        );
    }

    public function disconnect(Target $target, int $code, string $reason, string $opening = ''): void
    {
        $how = Protobuf::integer(101, $code).Protobuf::bytes(102, $reason);

        if ($target->kind === TargetKind::User) {
            if ($target->names !== []) {
                $this->transport->command(
                    Command::FORCE_OFFLINE_BY_CUSTOMER_ID,
                    Protobuf::repeated(1, $target->names).$how.Protobuf::repeated(104, $target->except).Protobuf::bytes(105, $opening),
                );
            }

            return;
        }

        $connections = $target->kind === TargetKind::Connection ? self::named($target) : $this->connections($target);

        if ($connections !== []) {
            $this->transport->command(Command::FORCE_OFFLINE, Protobuf::repeated(1, $connections).$how);
        }
    }

    public function closeUser(string $user, int $code, string $reason, string $exceptLogin): void
    {
        $this->transport->command(
            Command::FORCE_OFFLINE_BY_CUSTOMER_ID,
            Protobuf::bytes(1, $user).Protobuf::integer(101, $code).Protobuf::bytes(102, $reason).Protobuf::bytes(103, $exceptLogin),
        );
    }

    public function closeLogins(array $logins, int $code, string $reason): void
    {
        $this->transport->command(
            Command::LOGIN_CLOSE,
            Protobuf::repeated(1, $logins).Protobuf::integer(2, $code).Protobuf::bytes(3, $reason),
        );
    }

    public function updateLogin(string $login, string $newLogin, array $meta): void
    {
        $this->transport->command(
            Command::LOGIN_UPDATE,
            Protobuf::bytes(1, $login).Protobuf::bytes(2, $newLogin).Protobuf::entries(3, $meta),
        );
    }

    public function setMeta(string $connection, array $meta): void
    {
        $this->transport->command(Command::CONN_INFO_UPDATE, Protobuf::bytes(1, $connection).Protobuf::entries(101, $meta));
    }

    public function connections(Target $target): array
    {
        $connections = match ($target->kind) {
            TargetKind::All => Protobuf::strings($this->transport->query(Command::UNIQ_ID_LIST), 1),
            TargetKind::Channel => $target->names === [] ? [] : $this->connectionsOfChannels($target->names),
            TargetKind::User => $target->names === [] ? [] : $this->connectionsOfUsers($target->names),
            TargetKind::Connection => $target->names === [] ? [] : Protobuf::strings(
                $this->transport->query(Command::CHECK_ONLINE, Protobuf::repeated(1, $target->names)), 1,
            ),
        };

        return array_values(array_diff(array_unique($connections), $target->except));
    }

    public function count(Target $target): int
    {
        if ($target->except === [] && $target->kind === TargetKind::All) {
            return Protobuf::number($this->transport->query(Command::UNIQ_ID_COUNT), 1);
        }

        if ($target->except === [] && $target->kind === TargetKind::Channel && count($target->names) === 1) {
            $reply = $this->transport->query(Command::TOPIC_UNIQ_ID_COUNT, Protobuf::repeated(1, $target->names));

            return (int) array_sum(Protobuf::map($reply, 1, 0));
        }

        return count($this->connections($target));
    }

    public function users(Target $target): array
    {
        if ($target->except === [] && $target->kind === TargetKind::All) {
            return Protobuf::strings($this->transport->query(Command::CUSTOMER_ID_LIST), 1);
        }

        if ($target->except === [] && $target->kind === TargetKind::Channel) {
            return $target->names === [] ? [] : $this->usersOfChannels($target->names);
        }

        $connections = $this->connections($target);

        return $connections === [] ? [] : $this->usersOfConnections($connections);
    }

    public function channels(): array
    {
        return Protobuf::strings($this->transport->query(Command::TOPIC_LIST), 1);
    }

    /**
     * @param  list<string>  $channels
     * @return list<string>
     */
    private function connectionsOfChannels(array $channels): array
    {
        $reply = $this->transport->query(Command::TOPIC_UNIQ_ID_LIST, Protobuf::repeated(1, $channels));
        $connections = [];

        foreach (Protobuf::map($reply, 2, '') as $item) {
            $connections = [...$connections, ...Protobuf::strings((string) $item, 1)];
        }

        return $connections;
    }

    /**
     * @param  list<string>  $users
     * @return list<string>
     */
    private function connectionsOfUsers(array $users): array
    {
        $reply = $this->transport->query(
            Command::CONN_INFO_BY_CUSTOMER_ID,
            Protobuf::repeated(1, $users).Protobuf::integer(3, true),
        );
        $connections = [];

        foreach (Protobuf::map($reply, 1, '') as $items) {
            foreach (Protobuf::strings((string) $items, 1) as $item) {
                $connections = [...$connections, ...Protobuf::strings($item, 2)];
            }
        }

        return $connections;
    }

    /**
     * @param  list<string>  $channels
     * @return list<string>
     */
    private function usersOfChannels(array $channels): array
    {
        $reply = $this->transport->query(Command::TOPIC_CUSTOMER_ID_LIST, Protobuf::repeated(1, $channels));
        $users = [];

        foreach (Protobuf::map($reply, 1, '') as $item) {
            $users = [...$users, ...Protobuf::strings((string) $item, 1)];
        }

        return array_values(array_unique($users));
    }

    /**
     * @param  list<string>  $connections
     * @return list<string>
     */
    private function usersOfConnections(array $connections): array
    {
        $reply = $this->transport->query(
            Command::CONN_INFO,
            Protobuf::repeated(1, $connections).Protobuf::integer(3, true),
        );
        $users = [];

        foreach (Protobuf::map($reply, 1, '') as $item) {
            $users = [...$users, ...Protobuf::strings((string) $item, 2)];
        }

        return array_values(array_unique($users));
    }

    /** @return list<string> */
    private static function named(Target $target): array
    {
        return array_values(array_diff(array_unique($target->names), $target->except));
    }

    private static function message(int $field, Outgoing $message): string
    {
        return Protobuf::bytes($field, $message->data).($message->event === null
            ? Protobuf::integer(self::DATA_TYPE, $message->binary ? self::BINARY : self::TEXT)
            : Protobuf::bytes(self::EVENT, $message->event));
    }
}
