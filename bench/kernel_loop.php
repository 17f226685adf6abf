<?php

/*
 * The bound of a resident worker: the package's worker and the kernel, called in a loop in one PHP process, without
 * server, socket or SAPI, for the job that a worker would get. No state is restored between two requests. Prints its
 * figures as JSON.
 *
 *     php -d opcache.enable_cli=1 bench/kernel_loop.php APPLICATION ROUTE SECONDS
 */

declare(strict_types=1);

namespace Laraman\Native;

function respond(int $status, array $headers, string $body): void
{
    if ($status !== 200 || $body === '') {
        throw new \RuntimeException("answer $status: $body");
    }
}

function end_response(): void
{
}

function persist(callable $create): void
{
    $create();
}

function respond_file(int $status, array $headers, string $path): bool
{
    return false;
}

/** The job, as the program creates it. */
final class RequestJob
{
    public readonly array $post;

    public readonly array $files;

    public readonly bool $isHandshake;

    public function __construct(public readonly array $server, public readonly array $query = [], public readonly array $cookies = [])
    {
        $this->post = $this->files = [];
        $this->isHandshake = false;
    }
}

namespace Laraman\Bench;

use Laraman\Native\RequestJob;
use Laraman\Worker\KernelHandler;

[, $application, $route, $seconds] = $argv;
require "$application/vendor/autoload.php";
$handler = KernelHandler::boot($application);
$server = [
    ...$_SERVER, // a worker's request also has the process's own variables below it
    'GATEWAY_INTERFACE' => 'CGI/1.1', 'SERVER_SOFTWARE' => 'laraman/bench', 'REQUEST_SCHEME' => 'http', 'LARAMAN_SENDFILE' => '1',
    'REQUEST_METHOD' => 'GET', 'REQUEST_URI' => $route, 'DOCUMENT_URI' => '/index.php', 'SCRIPT_NAME' => '/index.php', 'PHP_SELF' => '/index.php',
    'SCRIPT_FILENAME' => "$application/public/index.php", 'DOCUMENT_ROOT' => "$application/public", 'QUERY_STRING' => '',
    'SERVER_PROTOCOL' => 'HTTP/1.1', 'SERVER_NAME' => '127.0.0.1', 'SERVER_PORT' => '8000', 'SERVER_ADDR' => '127.0.0.1',
    'REMOTE_ADDR' => '127.0.0.1', 'REMOTE_PORT' => '40000', 'HTTP_HOST' => '127.0.0.1:8000',
];

$cpu = static function (): float {
    $usage = getrusage();

    return 1e6 * ($usage['ru_utime.tv_sec'] + $usage['ru_stime.tv_sec']) + $usage['ru_utime.tv_usec'] + $usage['ru_stime.tv_usec'];
};
$runFor = static function (float $seconds) use ($handler, $server): int {
    $requests = 0;
    for ($end = microtime(true) + $seconds; microtime(true) < $end; $requests++) {
        $server['REQUEST_TIME_FLOAT'] = microtime(true);
        $server['REQUEST_TIME'] = time();
        $handler->handle(new RequestJob($server));
    }

    return $requests;
};
$runFor(1);
$before = $cpu();
$requests = $runFor((float) $seconds);
echo json_encode(['requests' => $requests, 'cpu_us' => ($cpu() - $before) / $requests]), "\n";
