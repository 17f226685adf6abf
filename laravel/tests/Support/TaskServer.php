<?php

declare(strict_types=1);

namespace Laraman\Tests\Support;

use RuntimeException;

/**
 * Runs task_server.php beside a test.
 */
final class TaskServer
{
    public readonly string $address;

    /** @var resource */
    private $process;

    /** @var array<int, resource> */
    private array $pipes;

    public function __construct(public readonly string $socket, string $mode)
    {
        $process = proc_open(
            [PHP_BINARY, __DIR__.'/task_server.php', $socket, $mode],
            [['pipe', 'r'], ['pipe', 'w'], STDERR],
            $pipes,
        );

        if ($process === false || ! str_starts_with($ready = (string) fgets($pipes[1]), 'ready ')) {
            throw new RuntimeException('The task server did not start.');
        }

        $this->process = $process;
        $this->pipes = $pipes;
        $this->address = trim(substr($ready, 6));
    }

    /**
     * The next frame that the server received, "connection command-id hex".
     */
    public function frame(): string
    {
        stream_set_timeout($this->pipes[1], 5);

        return trim((string) fgets($this->pipes[1]));
    }

    public function stop(): void
    {
        fclose($this->pipes[0]);
        proc_close($this->process);
        @unlink($this->socket);
    }
}
