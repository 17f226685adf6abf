<?php

declare(strict_types=1);

namespace Laraman\Tests\Gateway;

use ArrayObject;
use Closure;
use Illuminate\Auth\GenericUser;
use Illuminate\Http\Resources\Json\JsonResource;
use Illuminate\Support\Facades\Auth;
use InvalidArgumentException;
use Laraman\Connection;
use Laraman\Contracts\GatewayClient;
use Laraman\Contracts\Transport;
use Laraman\Exceptions\GatewayUnavailable;
use Laraman\Facades\Gateway;
use Laraman\Gateway\Command;
use Laraman\Gateway\NativeTransport;
use Laraman\Gateway\Outgoing;
use Laraman\Gateway\Protobuf;
use Laraman\Gateway\UserNames;
use Laraman\Tests\App\Models\Admin;
use Laraman\Tests\App\Models\User;
use Laraman\Tests\App\Models\VerifiedUser;
use Laraman\Tests\TestCase;
use PHPUnit\Framework\Attributes\DataProvider;

final class GatewayTest extends TestCase
{
    public function test_a_worker_uses_its_own_link(): void
    {
        self::assertInstanceOf(NativeTransport::class, $this->app->make(Transport::class));
        Gateway::channel('a')->send('e', 1);

        self::assertSame(Command::TOPIC_PUBLISH, $this->native->commands[0]['id']);
    }

    public function test_queries_have_the_configured_time_out(): void
    {
        config(['laraman.gateway.timeout' => 2]);
        $this->native->replies[Command::UNIQ_ID_COUNT] = "\x08\x03";

        self::assertSame(3, Gateway::all()->count());
        self::assertSame(2.0, $this->native->queries[0]['timeout']);
    }

    public function test_a_link_that_is_down(): void
    {
        $this->native->linkIsDown = true;

        foreach ([static fn () => Gateway::all()->raw('x'), static fn () => Gateway::all()->count()] as $call) {
            try {
                $call();
                self::fail('No exception.');
            } catch (GatewayUnavailable $e) {
                self::assertStringContainsString('end of file', $e->getMessage());
            }
        }
    }

    public function test_targets(): void
    {
        $connection = new Connection('a', $this->app->make(GatewayClient::class));
        Gateway::user(User::query()->findOrFail(5))->raw('x');
        Gateway::user([5, 'b', Admin::query()->findOrFail(6)], 'admin')->raw('x');
        Gateway::connection($connection, 'b')->except('b')->raw('x');

        self::assertSame(['5'], Protobuf::strings($this->native->commands[0]['message'], 1));
        self::assertSame(['admin:5', 'admin:b', 'admin:6'], Protobuf::strings($this->native->commands[1]['message'], 1));
        self::assertSame(Command::SINGLE_CAST, $this->native->commands[2]['id']);
    }

    public function test_joining_is_one_command_for_all_connections(): void
    {
        $this->native->replies[Command::CONN_INFO_BY_CUSTOMER_ID] = (string) hex2bin('0a120a0135120d0a031201610a060a0173120162');
        Gateway::user(5)->join('x');
        Gateway::user(5)->except('a')->leave('x');

        self::assertSame(
            [[Command::CHANNELS_UPDATE, '120135320178'], [Command::CHANNELS_UPDATE, '1201352a01613a0178']],
            array_map(static fn (array $command): array => [$command['id'], bin2hex($command['message'])], $this->native->commands),
        );
        self::assertTrue(Gateway::user(5)->online());
    }

    public function test_envelopes(): void
    {
        self::assertSame('{"event":"e","data":null}', Outgoing::event('e', null)->payload());
        self::assertSame('{"event":"茶","data":{"a":"b/c","f":1.0}}', Outgoing::event('茶', ['a' => 'b/c', 'f' => 1.0])->payload());
        self::assertSame('{"event":"e","data":[1,2]}', Outgoing::event('e', collect([1, 2]))->payload());
        self::assertSame('{"event":"e","data":{"id":5,"name":"Ann"}}', Outgoing::event('e', User::query()->findOrFail(5))->payload());
        self::assertSame('{"event":"e","data":{"id":5,"name":"Ann"}}', Outgoing::event('e', new JsonResource(User::query()->findOrFail(5)))->payload());
        self::assertSame('{"event":"e","data":{"a":1}}', Outgoing::event('e', new ArrayObject(['a' => 1]))->payload());
        $this->expectException(\InvalidArgumentException::class);
        Outgoing::event('e', "\xff");
    }

    public function test_user_names(): void
    {
        $names = $this->app->make(UserNames::class);

        self::assertSame('5', $names->of(5));
        self::assertSame('5', $names->of('5', 'web'));
        self::assertSame('admin:5', $names->of(5, 'admin'));
        self::assertSame('admin:5', $names->of('admin:5'));
        self::assertSame(['admin', '5'], $names->parse('admin:5'));
        self::assertSame(['web', 'urn:5'], $names->parse('urn:5'));
        $this->expectException(InvalidArgumentException::class);
        $names->of(new User);
    }

    /** @return array<string, array{Closure(): mixed}> */
    public static function switches(): array
    {
        return [
            'Auth::shouldUse()' => [static fn () => Auth::shouldUse('admin')],
            'the configuration' => [static fn () => config(['auth.defaults.guard' => 'admin'])],
            'the configured guards' => [static fn () => config(['auth.guards' => []])],
        ];
    }

    /** @param  Closure(): mixed  $switch */
    #[DataProvider('switches')]
    public function test_a_switched_guard_changes_no_users_name(Closure $switch): void
    {
        $switch();
        $connection = new Connection('a', $this->app->make(GatewayClient::class), names: $this->app->make(UserNames::class));
        Gateway::user(7, 'admin')->raw('x');
        Gateway::user(7)->raw('x');
        Gateway::user(7, 'web')->raw('x');
        $connection->setUser(7, 'admin')->setUser(8, 'web');

        self::assertSame(
            [['admin:7'], ['7'], ['7']],
            array_map(fn (int $n): array => Protobuf::strings($this->native->commands[$n]['message'], 1), [0, 1, 2]),
        );
        self::assertSame(['admin:7'], Protobuf::strings($this->native->commands[3]['message'], 4));
        self::assertSame(['8'], Protobuf::strings($this->native->commands[4]['message'], 4));
    }

    public function test_a_model_is_a_user_of_the_guard_of_its_class(): void
    {
        Auth::shouldUse('admin');
        $admin = Admin::query()->findOrFail(5);
        $user = User::query()->findOrFail(5);
        $connection = new Connection('a', $this->app->make(GatewayClient::class), names: $this->app->make(UserNames::class));
        Gateway::user([$admin, $user, new class(['id' => 5]) extends Admin
        {
        }])->raw('x');
        $connection->setUser($admin);

        self::assertSame(['admin:5', '5', 'admin:5'], Protobuf::strings($this->native->commands[0]['message'], 1));
        self::assertSame('admin:5', $connection->userId());

        foreach ([[$user, 'admin'], [$admin, 'web'], [(new VerifiedUser)->forceFill(['id' => 5]), null], [new GenericUser(['id' => 5]), null]] as [$model, $guard]) {
            foreach ([static fn () => Gateway::user($model, $guard), static fn () => $connection->setUser($model, $guard)] as $call) {
                try {
                    $call();
                    self::fail('No exception for a '.$model::class);
                } catch (InvalidArgumentException $e) {
                    self::assertStringContainsString('$user is a '.$model::class, $e->getMessage());
                }
            }
        }
    }

    public function test_a_model_of_several_guards_is_the_default_ones_or_needs_a_guard(): void
    {
        $auth = [
            'defaults' => ['guard' => 'web'],
            'guards' => ['web' => ['provider' => 'users'], 'api' => ['provider' => 'users'], 'table' => ['provider' => 'table'], 'own' => ['provider' => null]],
            'providers' => ['users' => ['driver' => 'eloquent', 'model' => User::class], 'table' => ['driver' => 'database']],
        ];
        $names = UserNames::fromConfig($auth);
        $user = User::query()->findOrFail(5);

        self::assertSame(['5', 'api:5', 'own:5'], array_map(static fn (string $guard): string => $names->of($user, $guard), ['web', 'api', 'own']));
        self::assertSame('table:7', $names->of(new GenericUser(['id' => 7])));
        self::assertSame('5', $names->of($user), 'a session and a token guard over one table');

        $this->expectExceptionMessage('[web], [api]');
        UserNames::fromConfig(['defaults' => ['guard' => 'table']] + $auth)->of($user);
    }

    public function test_an_identifier_cannot_be_the_name_of_another_guards_user(): void
    {
        $names = $this->app->make(UserNames::class);

        foreach ([static fn () => $names->authenticated(new GenericUser(['id' => 'admin:7']), 'web'), static fn () => $names->of('admin:7', 'web')] as $call) {
            try {
                $call();
                self::fail('No exception.');
            } catch (InvalidArgumentException $e) {
                self::assertStringContainsString('admin:7', $e->getMessage());
            }
        }
    }
}
