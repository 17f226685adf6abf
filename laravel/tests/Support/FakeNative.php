<?php

declare(strict_types=1);

namespace Laraman\Tests\Support;

use Laraman\Gateway\Command;
use Laraman\Gateway\Protobuf;
use Laraman\Native\CallbackJob;
use Laraman\Native\EventJob;
use Laraman\Native\RequestJob;
use RuntimeException;

/**
 * A fake of the program around the worker: passes jobs, and records responses, commands and queries.
 */
class FakeNative
{
    public static FakeNative $current;

    /** @var list<RequestJob|EventJob|CallbackJob> */
    public array $jobs = [];

    /** Whether warm() was called in this job */
    public bool $warms = false;

    /** @var list<array{status: int, headers: array<string, list<string>|string>, body: string}> */
    public array $responses = [];

    public int $ended = 0;

    /** Whether the server sends files itself */
    public bool $takesFiles = false;

    /** @var list<string> contents of those that it was given */
    public array $files = [];

    /** Whether a part of the response has been sent, and responses that were aborted */
    public bool $hasBegun = false;

    public int $broken = 0;

    /** @var list<string>|null what isolate() was given; null: it was not called */
    public ?array $persistent = null;

    /** @var list<object> database sessions that the job has changed */
    public array $changedSessions = [];

    /** @var list<array{id: int, message: string}> */
    public array $commands = [];

    /** @var list<array{id: int, message: string, timeout: float}> */
    public array $queries = [];

    /** @var array<int, string> */
    public array $replies = [];

    public bool $linkIsDown = false;

    /** @var array<int, true> numbers of the watches and timers that there are */
    public array $watches = [];

    private int $lastWatch = 0;

    /** @var list<array<string, mixed>> */
    public array $gateways = [];

    /** @var list<array{gateway: int, id: int, message: string}> commands and queries */
    public array $toGateways = [];

    /** @var array<int, array<int, string>> by gateway and query */
    public array $gatewayReplies = [];

    /** @var list<int> gateways that cannot be reached */
    public array $lostGateways = [];

    /** @param  array<string, mixed>  $options */
    public function addGateway(array $options): int
    {
        $this->gateways[] = $options;

        return count($this->gateways);
    }

    public function gatewayCommand(int $gateway, int $id, string $message): void
    {
        if (in_array($gateway, $this->lostGateways, true)) {
            throw new RuntimeException('connection refused');
        }

        $this->toGateways[] = ['gateway' => $gateway, 'id' => $id, 'message' => $message];
    }

    public function gatewayQuery(int $gateway, int $id, string $message): string
    {
        $this->gatewayCommand($gateway, $id, $message);

        return $this->gatewayReplies[$gateway][$id] ?? '';
    }

    public function watch(): int
    {
        $this->watches[++$this->lastWatch] = true;

        return $this->lastWatch;
    }

    public function forget(int $number): bool
    {
        $known = isset($this->watches[$number]);
        unset($this->watches[$number]);

        return $known;
    }

    public function serve(callable $handle, ?callable $settle, ?callable $warm): void
    {
        while (($job = array_shift($this->jobs)) !== null) {
            $handle($job);
            $settle === null || $settle();

            if ($this->warms) {
                $this->warms = false;
                $warm === null || $warm();
            }
        }
    }

    /** @param  array<string, list<string>|string>  $headers */
    public function respond(int $status, array $headers, string $body): void
    {
        $this->responses[] = ['status' => $status, 'headers' => $headers, 'body' => $body];
    }

    /** @param  array<string, list<string>|string>  $headers */
    public function respondFile(int $status, array $headers, string $path): bool
    {
        if (! $this->takesFiles || ! is_file($path)) {
            return false;
        }

        $this->files[] = (string) file_get_contents($path);
        $this->respond($status, $headers, '');

        return true;
    }

    public function endResponse(): void
    {
        $this->ended++;
    }

    public function command(int $id, string $message): void
    {
        if ($this->linkIsDown) {
            throw new RuntimeException('end of file');
        }

        $this->commands[] = ['id' => $id, 'message' => $message];
    }

    public function query(int $id, string $message, float $timeout): string
    {
        if ($this->linkIsDown) {
            throw new RuntimeException('end of file');
        }

        $this->queries[] = ['id' => $id, 'message' => $message, 'timeout' => $timeout];

        return $this->replies[$id] ?? '';
    }

    /**
     * The messages to single connections, in order.
     *
     * @return list<array{connection: string, data: string}>
     */
    public function casts(): array
    {
        $casts = [];

        foreach ($this->commands as ['id' => $id, 'message' => $message]) {
            if ($id === Command::SINGLE_CAST) {
                $data = Protobuf::strings($message, 2)[0] ?? '';
                $event = Protobuf::strings($message, 110)[0] ?? null;
                $casts[] = [
                    'connection' => Protobuf::strings($message, 1)[0],
                    'data' => $event === null ? $data : "{\"event\":\"$event\",\"data\":$data}",
                ];
            }
        }

        return $casts;
    }

    /**
     * The closes of single connections, in order.
     *
     * @return list<array{connection: string, code: int, reason: string}>
     */
    public function closes(): array
    {
        $closes = [];

        foreach ($this->commands as ['id' => $id, 'message' => $message]) {
            if ($id === Command::FORCE_OFFLINE) {
                $closes[] = [
                    'connection' => Protobuf::strings($message, 1)[0],
                    'code' => Protobuf::number($message, 101),
                    'reason' => Protobuf::strings($message, 102)[0] ?? '',
                ];
            }
        }

        return $closes;
    }
}
