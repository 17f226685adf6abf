<?php

declare(strict_types=1);

/*
| CPU time per job in the resident worker, with a fake program around it:
|
|     php -d opcache.enable_cli=1 bench/worker.php [jobs]
*/

use Laraman\Connection;
use Laraman\Message;
use Laraman\Native\EventJob;
use Laraman\Native\RequestJob;
use Laraman\Tests\App\ProbeController;
use Laraman\Tests\App\Sockets\ProbeSocket;
use Laraman\Tests\Support\FakeNative;
use Laraman\Worker\ApplicationFactory;
use Laraman\Worker\KernelHandler;
use Laraman\Worker\Worker;

foreach ([
    'APP_ENV' => 'production', 'APP_KEY' => 'base64:'.base64_encode(str_repeat("\0", 32)), 'APP_RUNNING_IN_CONSOLE' => 'false',
    'CACHE_STORE' => 'array', 'DB_CONNECTION' => 'sqlite', 'DB_DATABASE' => ':memory:', 'LOG_CHANNEL' => 'null', 'SESSION_DRIVER' => 'array',
] as $name => $value) {
    $_ENV[$name] = $value;
}

require __DIR__.'/../vendor/autoload.php';

$app = require __DIR__.'/../tests/App/bootstrap/app.php';
$app->useStoragePath($storage = sys_get_temp_dir().'/laraman-bench-'.getmypid());
mkdir("$storage/framework/views", recursive: true);
FakeNative::$current = new class extends FakeNative
{
    public function command(int $id, string $message): void
    {
    }

    public function respond(int $status, array $headers, string $body): void
    {
    }
};
$worker = new Worker(new KernelHandler(ApplicationFactory::prepare($app)));

ProbeSocket::$probe = static function (Connection $connection, string $what, ?Message $message): void {
    $connection->raw((string) $message?->text());
};
ProbeController::$probe = static fn () => ['ok' => true];

$event = static fn (string $route): EventJob => new EventJob(
    'message', '7f00000142a66b04cfb73fd61e0b', path: '/probe/x',
    meta: ['Socket' => (string) json_encode(['r' => $route, 'p' => ['what' => 'x']])], data: str_repeat('x', 64),
);
$request = new RequestJob(server: [
    'REQUEST_METHOD' => 'GET', 'REQUEST_URI' => '/raw', 'SCRIPT_NAME' => '/index.php', 'SERVER_PROTOCOL' => 'HTTP/1.1', 'SERVER_NAME' => 'localhost',
    'SERVER_PORT' => '8000', 'REMOTE_ADDR' => '127.0.0.1', 'HTTP_HOST' => 'localhost:8000', 'HTTP_ACCEPT' => '*/*',
]);

$jobs = (int) ($argv[1] ?? 5000);
$measure = static function (string $name, Closure $job) use ($jobs): void {
    for ($i = 0; $i < 500; $i++) {
        $job();
    }

    $best = INF;

    for ($round = 0; $round < 5; $round++) {
        $usage = getrusage();
        $start = $usage['ru_utime.tv_sec'] * 1e6 + $usage['ru_utime.tv_usec'] + $usage['ru_stime.tv_sec'] * 1e6 + $usage['ru_stime.tv_usec'];

        for ($i = 0; $i < $jobs; $i++) {
            $job();
        }

        $usage = getrusage();
        $end = $usage['ru_utime.tv_sec'] * 1e6 + $usage['ru_utime.tv_usec'] + $usage['ru_stime.tv_sec'] * 1e6 + $usage['ru_stime.tv_usec'];
        $best = min($best, ($end - $start) / $jobs);
    }

    printf("%-44s %7.1f us\n", $name, $best);
};

$plain = $event('/probe/{what}');
$guarded = $event('/counted/{what}');
$measure('event, no middleware', static fn () => $worker->handle($plain));
$measure('event, one middleware', static fn () => $worker->handle($guarded));
$measure('request, JSON, no session', static fn () => $worker->handle($request));
