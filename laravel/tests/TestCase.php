<?php

declare(strict_types=1);

namespace Laraman\Tests;

use Illuminate\Contracts\Debug\ExceptionHandler;
use Illuminate\Database\Schema\Blueprint;
use Illuminate\Foundation\Application;
use Illuminate\Foundation\Bootstrap\HandleExceptions;
use Illuminate\Support\Facades\Schema;
use Laraman\Native\EventJob;
use Laraman\Native\RequestJob;
use Laraman\Tests\App\CountMessages;
use Laraman\Tests\App\Models\Room;
use Laraman\Tests\App\Models\User;
use Laraman\Tests\App\ProbeController;
use Laraman\Tests\App\Sockets\ProbeSocket;
use Laraman\Tests\Support\FakeNative;
use Laraman\Tests\Support\RecordingHandler;
use Laraman\Worker\ApplicationFactory;
use Laraman\Worker\KernelHandler;
use Laraman\Worker\Worker;
use PHPUnit\Framework\TestCase as PHPUnitTestCase;
use RuntimeException;

/**
 * Boots the test application like a worker, with a fake program around it.
 */
abstract class TestCase extends PHPUnitTestCase
{
    protected const ID = '7f00000142a66b04cfb73fd61e0b';

    protected Application $app;

    protected FakeNative $native;

    protected RecordingHandler $exceptions;

    private ?Worker $worker = null;

    protected function setUp(): void
    {
        parent::setUp();

        FakeNative::$current = $this->native = new FakeNative;
        ProbeController::$probe = null;
        ProbeSocket::$probe = null;
        CountMessages::$counted = 0;
        $this->app = $this->boot();
    }

    protected function tearDown(): void
    {
        $this->app->flush();
        HandleExceptions::flushState($this);

        parent::tearDown();
    }

    /** Changes the application for a test class, before it boots. */
    protected function configure(Application $app): void
    {
    }

    protected function boot(): Application
    {
        $storage = sys_get_temp_dir().'/laraman-tests-'.getmypid();

        foreach (['framework/views', 'framework/sessions', 'framework/cache/data', 'logs'] as $directory) {
            is_dir("$storage/$directory") || mkdir("$storage/$directory", recursive: true);
        }

        $app = require __DIR__.'/App/bootstrap/app.php';

        if (! $app instanceof Application) {
            throw new RuntimeException('The test application did not boot.');
        }

        $app->useStoragePath($storage);
        $this->configure($app);
        ApplicationFactory::prepare($app);

        $this->exceptions = new RecordingHandler($app->make(ExceptionHandler::class));
        $app->instance(ExceptionHandler::class, $this->exceptions);

        Schema::create('users', static function (Blueprint $table): void {
            $table->id();
            $table->string('name');
        });
        Schema::create('rooms', static function (Blueprint $table): void {
            $table->id();
            $table->string('name');
        });
        User::query()->insert([['id' => 5, 'name' => 'Ann'], ['id' => 6, 'name' => 'Bob']]);
        Room::query()->insert([['id' => 7, 'name' => 'Blue']]);

        return $app;
    }

    protected function worker(): Worker
    {
        return $this->worker ??= new Worker(new KernelHandler($this->app));
    }

    /**
     * Runs one request through the worker.
     *
     * @param  array<string, mixed>  $server
     * @param  array<string, mixed>  $cookies
     * @param  array<string, mixed>  $post
     * @param  array<string, mixed>  $files
     * @return array{status: int, headers: array<string, list<string>|string>, body: string}
     */
    protected function request(string $method, string $uri, array $server = [], array $cookies = [], array $post = [], array $files = []): array
    {
        $before = count($this->native->responses);
        $this->worker()->handle($this->requestJob($method, $uri, $server, $cookies, $post, $files));
        self::assertCount($before + 1, $this->native->responses, 'The worker did not answer exactly once.');

        return $this->native->responses[$before];
    }

    /**
     * @param  array<string, mixed>  $server
     * @param  array<string, mixed>  $cookies
     * @param  array<string, mixed>  $post
     * @param  array<string, mixed>  $files
     */
    protected function requestJob(string $method, string $uri, array $server = [], array $cookies = [], array $post = [], array $files = [], bool $isHandshake = false): RequestJob
    {
        parse_str((string) parse_url($uri, PHP_URL_QUERY), $query);

        return new RequestJob($query, $post, $cookies, $files, [
            'REQUEST_METHOD' => $method,
            'REQUEST_URI' => $uri,
            'QUERY_STRING' => (string) parse_url($uri, PHP_URL_QUERY),
            'SCRIPT_NAME' => '/index.php',
            'SCRIPT_FILENAME' => '/srv/public/index.php',
            'SERVER_PROTOCOL' => 'HTTP/1.1',
            'SERVER_NAME' => 'chat.test',
            'SERVER_PORT' => '80',
            'REMOTE_ADDR' => '192.0.2.1',
            'HTTP_HOST' => 'chat.test',
            ...$server,
        ], $isHandshake);
    }

    /**
     * Runs one handshake through the worker.
     *
     * @param  array<string, mixed>  $server
     * @param  array<string, mixed>  $cookies
     * @return array{status: int, headers: array<string, list<string>|string>, body: string}
     */
    protected function handshake(string $uri, array $server = [], array $cookies = []): array
    {
        $job = $this->requestJob('POST', $uri, [
            'CONTENT_TYPE' => 'application/websocket-events',
            'CONTENT_LENGTH' => '6',
            'HTTP_ACCEPT' => 'application/websocket-events',
            'HTTP_CONNECTION_ID' => self::ID,
            'HTTP_ORIGIN' => 'http://chat.test',
            'LARAMAN_EVENTS' => '1',
            ...$server,
        ], $cookies, isHandshake: true);

        $before = count($this->native->responses);
        $this->worker()->handle($job);
        self::assertCount($before + 1, $this->native->responses, 'The worker did not answer exactly once.');

        return $this->native->responses[$before];
    }

    /**
     * Runs one event through the worker.
     *
     * @param  array{r?: string, p?: array<string, string>, s?: string, g?: string}|null  $meta
     * @param  list<string>  $channels
     * @param  array<string, string>  $more  further meta values
     */
    protected function event(string $type, ?array $meta, string $data = '', string $user = '', array $channels = [], string $session = '', bool $binary = false, array $more = []): void
    {
        $this->worker()->handle($this->eventJob($type, $meta, $data, $user, $channels, $session, $binary, $more));
    }

    /**
     * @param  array{r?: string, p?: array<string, string>, s?: string, g?: string}|null  $meta
     * @param  list<string>  $channels
     * @param  array<string, string>  $more  further meta values
     */
    protected function eventJob(string $type, ?array $meta, string $data = '', string $user = '', array $channels = [], string $session = '', bool $binary = false, array $more = [], string $path = '/somewhere'): EventJob
    {
        /** @var 'open'|'message'|'close' $type */
        return new EventJob(
            $type, self::ID, $user, $session, $channels, $path,
            [...($meta === null ? [] : ['Socket' => (string) json_encode($meta)]), ...$more],
            $data, $binary,
        );
    }
}
