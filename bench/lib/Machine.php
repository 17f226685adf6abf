<?php

declare(strict_types=1);

namespace Laraman\Bench;

/** Paths, ports, and the assignment of cores. */
final class Machine
{
    public readonly string $scratch;

    public readonly string $example;

    private int $nextPort = 18100;

    public function __construct(private readonly string $root)
    {
        $this->scratch = "$root/build/bench";
        $this->example = "$root/examples/chat";
        if (! is_dir($this->scratch)) {
            mkdir($this->scratch, recursive: true);
        }
    }

    public function laraman(): string
    {
        return "$this->root/build/release/laraman";
    }

    public function tool(string $name): string
    {
        return "$this->root/build/release/bench/$name";
    }

    public function freePort(): int
    {
        do {
            $probe = @stream_socket_server('tcp://127.0.0.1:'.++$this->nextPort);
        } while ($probe === false);
        fclose($probe);

        return $this->nextPort;
    }

    /** @return list<string> what to put before a server's command */
    public function serverCore(): array
    {
        return ['taskset', '-c', '0'];
    }

    /** @return list<string> what to put before a load generator's command; with one core only they share it */
    public function loadCore(): array
    {
        return ['taskset', '-c', $this->cores() > 1 ? '1' : '0'];
    }

    /**
     * A minimal environment, as from a service manager: a shell's whole environment would be in each request's $_SERVER.
     *
     * @return array<string, string>
     */
    public function environment(): array
    {
        return array_intersect_key(getenv(), ['PATH' => true, 'HOME' => true]);
    }

    public function description(): string
    {
        preg_match('/^model name\s*:\s*(.+)$/m', (string) file_get_contents('/proc/cpuinfo'), $model);

        return sprintf('%s, %d cores, Linux %s', $model[1] ?? php_uname('m'), $this->cores(), php_uname('r'));
    }

    private function cores(): int
    {
        return substr_count((string) file_get_contents('/proc/cpuinfo'), "processor\t:");
    }
}
