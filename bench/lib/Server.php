<?php

declare(strict_types=1);

namespace Laraman\Bench;

/** A server under measurement, which is stopped when the object is destroyed. */
final class Server
{
    /** @var resource */
    private $process;

    private readonly int $pid;

    /**
     * @param  list<string>  $command
     * @param  array<string, string>  $environment  added to Machine::environment()
     */
    public function __construct(private readonly Machine $machine, private readonly string $name, array $command, array $environment = [])
    {
        $log = $this->logFile();
        $process = proc_open(
            [...$machine->serverCore(), ...$command],
            [['file', '/dev/null', 'r'], ['file', $log, 'w'], ['file', $log, 'a']],
            $pipes,
            null,
            $environment + $machine->environment(),
        );
        if ($process === false) {
            throw new \RuntimeException("$name: cannot be started");
        }
        $this->process = $process;
        $this->pid = proc_get_status($process)['pid'];
    }

    public function __destruct()
    {
        proc_terminate($this->process);
        for ($waited = 0; $waited < 100 && proc_get_status($this->process)['running']; $waited++) {
            usleep(100_000);
        }
        proc_terminate($this->process, SIGKILL);
        proc_close($this->process);
    }

    /** Waits until `$probe` returns true. */
    public function waitUntil(callable $probe, float $seconds = 30): void
    {
        for ($end = microtime(true) + $seconds; microtime(true) < $end; usleep(50_000)) {
            if (! proc_get_status($this->process)['running']) {
                throw new \RuntimeException("$this->name ended: ".$this->lastWords());
            }
            if ($probe()) {
                return;
            }
        }
        throw new \RuntimeException("$this->name does not answer: ".$this->lastWords());
    }

    public function waitForPort(int $port): void
    {
        $this->waitUntil(static function () use ($port): bool {
            $socket = @stream_socket_client("tcp://127.0.0.1:$port", $code, $message, 1);

            return $socket !== false && fclose($socket);
        });
    }

    public function waitForAnswer(string $url): void
    {
        $this->waitUntil(static fn (): bool => @file_get_contents($url) !== false);
    }

    /**
     * This server's processes by role, if their command line contains one of the words.
     *
     * @param  array<string, string>  $words  role => word
     * @return array<string, list<int>>
     */
    public function roles(array $words): array
    {
        $roles = [];
        $collect = static function (int $pid, string $role) use (&$collect, &$roles, $words): void {
            $command = str_replace("\0", ' ', (string) @file_get_contents("/proc/$pid/cmdline"));
            foreach ($words as $name => $word) {
                if (str_contains($command, $word)) {
                    $role = $name;
                    break;
                }
            }
            if ($role !== '') {
                $roles[$role][] = $pid;
            }
            foreach (glob("/proc/$pid/task/*/children") ?: [] as $children) {
                foreach (array_filter(explode(' ', (string) @file_get_contents($children))) as $child) {
                    $collect((int) $child, $role);
                }
            }
        };
        $collect($this->pid, '');
        if (array_diff_key($words, $roles) !== []) {
            throw new \RuntimeException("$this->name has no process for ".implode(', ', array_keys(array_diff_key($words, $roles))));
        }

        return $roles;
    }

    /** Peak resident memory of the process in bytes. */
    public function mostMemory(): int
    {
        preg_match('/^VmHWM:\s+(\d+) kB$/m', (string) file_get_contents("/proc/$this->pid/status"), $match);

        return 1024 * (int) ($match[1] ?? 0);
    }

    public function pid(): int
    {
        return $this->pid;
    }

    private function lastWords(): string
    {
        return trim(implode('', array_slice(file($this->logFile()) ?: [], -20))) ?: '(no output)';
    }

    private function logFile(): string
    {
        return "{$this->machine->scratch}/$this->name.log";
    }
}
