<?php

declare(strict_types=1);

namespace App\Http\Controllers;

use Generator;
use Illuminate\Database\QueryException;
use Illuminate\Http\JsonResponse;
use Illuminate\Http\Request;
use Illuminate\Http\Response;
use Illuminate\Support\Facades\DB;
use RuntimeException;
use Symfony\Component\HttpFoundation\BinaryFileResponse;
use Symfony\Component\HttpFoundation\StreamedResponse;

/**
 * Pages that misbehave.
 */
final class OddController
{
    public function ping(): JsonResponse
    {
        return response()->json(['pid' => getmypid(), 'sapi' => PHP_SAPI]);
    }

    public function cookies(): Response
    {
        return response('two cookies')->cookie('first', 'one')->cookie('second', 'two');
    }

    public function echoes(): Response
    {
        echo 'echoed, ';

        return response('returned');
    }

    public function exits(): never
    {
        echo 'said before exit';
        exit;
    }

    public function dumps(): never
    {
        dd('a dump');
    }

    public function warning(): Response
    {
        return response((string) file_get_contents('/no/such/file'));
    }

    public function notice(): Response
    {
        trigger_error('noticed', E_USER_NOTICE);

        return response('not reached');
    }

    public function silenced(): Response
    {
        trigger_error('old', E_USER_DEPRECATED);

        return response(@file_get_contents('/no/such/file') === false ? 'silenced' : 'read');
    }

    public function earlyStream(): StreamedResponse
    {
        echo 'early ';

        return response()->stream(static function (): void {
            echo 'streamed';
        }, 203, ['X-Late' => 'yes']);
    }

    /** Fails, or succeeds, after the response has begun. */
    public function late(string $what): Response|StreamedResponse
    {
        if ($what === 'flush') {
            flush();
            header('X-Plain: yes');

            return response('after the flush', 201)->header('X-Late', 'yes')->cookie('late', 'yes');
        }

        return match ($what) {
            'download' => response()->streamDownload(static fn () => throw new RuntimeException('nothing to download'), 'report.csv'),
            'word' => response()->stream(static function (): void {
                echo 'a word';

                throw new RuntimeException('after a word');
            }),
            'flushed' => response()->stream(static function (): void {
                echo 'a piece';
                flush();

                throw new RuntimeException('after a piece');
            }),
            'line break' => response('x')->header('X-Broken', "a\r\nX-Injected: b"),
            default => response('x')->header('123', 'a number'),
        };
    }

    /** Environment and time of the running code. */
    public function place(): JsonResponse
    {
        $seen = [getcwd(), getallheaders(), apache_request_headers() === getallheaders(), microtime(true) - LARAVEL_START];
        chdir('/');

        return response()->json($seen);
    }

    /** Leaves state in the database session, or reads it. */
    public function session(string $what): JsonResponse
    {
        $pdo = DB::connection()->getPdo();
        $keep = static function (mixed $session): void {
            $cycle = ['session' => $session];
            $cycle['cycle'] = &$cycle;
        };

        try {
            return response()->json(match ($what) {
                'identity' => [(int) DB::scalar('select 1'), DB::transactionLevel()],
                'function' => $pdo->{method_exists($pdo, 'createFunction') ? 'createFunction' : 'sqliteCreateFunction'}('of_a_job', static fn (): string => 'leaked'),
                'call function' => DB::scalar('select of_a_job()'),
                'temporary' => DB::statement('create table temp.cart as select 1 as item'),
                'read temporary' => DB::scalar('select item from cart'),
                'pragma' => DB::statement('pragma case_sensitive_like = 1'),
                'like' => DB::scalar("select 'A' like 'a'"),
                'transaction' => [DB::beginTransaction(), DB::table('users')->update(['name' => 'half'])],
                'raw transaction' => [DB::unprepared('BEGIN'), DB::table('users')->update(['name' => 'half'])],
                'kept transaction' => [DB::unprepared('BEGIN'), DB::table('users')->update(['name' => 'half']), $keep($pdo)],
                'purged transaction' => [DB::beginTransaction(), DB::table('users')->update(['name' => 'half']), $keep($pdo), DB::purge()],
                'committed transaction' => [DB::transaction(static fn () => DB::transaction(static fn () => DB::table('users')->update(['updated_at' => now()]))), DB::scalar('select total_changes()')],
                'names' => DB::table('users')->where('name', 'half')->count(),
                'write' => DB::table('users')->update(['updated_at' => now()]),
                default => abort(404),
            });
        } catch (QueryException $e) {
            return response()->json($e->getMessage(), 409);
        }
    }

    /** Forks a child process that keeps running. */
    public function fork(string $how): JsonResponse
    {
        $marker = request()->query('marker');
        $child = pcntl_fork();

        if ($child === 0) {
            usleep(50_000);
            echo 'for nobody';
            file_put_contents(storage_path('forks.log'), "$marker\n", FILE_APPEND);

            if ($how === 'exit') {
                exit(3);
            }
        }

        return response()->json(['marker' => $marker, 'pid' => getmypid()]);
    }

    /** Writes output before the headers. */
    public function early(int $kilobytes): Response
    {
        echo str_repeat('x', $kilobytes * 1024);
        header('X-Plain: yes');

        return response('end', 202, ['X-Late' => 'yes']);
    }

    public function throws(): never
    {
        throw new RuntimeException('thrown in a controller');
    }

    public function memory(): Response
    {
        return response(str_repeat('x', 1 << 40));
    }

    /** Allocates memory piece by piece, until even an error handler has none. */
    public function exhaust(): Response
    {
        $all = [];

        while (true) {
            $all[] = str_repeat('x', 1 << 16);
            $all[] = new RuntimeException('one of many');
        }
    }

    public function spin(): never
    {
        while (true) {
            $this->nothing();
        }
    }

    public function limited(int $seconds): Response
    {
        set_time_limit($seconds);
        usleep(1_500_000);

        return response('in time');
    }

    public function segfault(): never
    {
        posix_kill(getmypid(), SIGSEGV);
        exit;
    }

    private function nothing(): void
    {
    }

    public function kill(): never
    {
        posix_kill(getmypid(), SIGKILL);
        sleep(60);
        exit;
    }

    public function environment(string $name): Response
    {
        return response((string) env($name));
    }

    public function phpinfo(): Response
    {
        ob_start();
        phpinfo();

        return response((string) ob_get_clean());
    }

    public function ini(string $name): Response
    {
        return response((string) ini_get($name));
    }

    public function slow(int $milliseconds): JsonResponse
    {
        usleep($milliseconds * 1000);

        return response()->json(['pid' => getmypid()]);
    }

    public function stream(): StreamedResponse
    {
        return response()->stream(static function (): void {
            foreach (['one ', 'two ', 'three'] as $part) {
                echo $part;
                ob_get_level() > 0 && ob_flush();
                flush();
                usleep(300_000);
            }
        }, 200, ['Content-Type' => 'text/plain']);
    }

    /** Runs until the client has disconnected, and records it. */
    public function endless(string $how): StreamedResponse
    {
        $produce = static function (): Generator {
            try {
                for ($n = 0; true; $n++) {
                    yield "line $n\n";
                    usleep(5_000);
                }
            } finally {
                file_put_contents(storage_path('stopped'), "stopped\n", FILE_APPEND);
            }
        };
        $write = static function () use ($produce): void {
            foreach ($produce() as $line) {
                echo $line;
                ob_get_level() > 0 && ob_flush();
                flush();
            }
        };

        return match ($how) {
            'generator' => response()->stream($produce),
            'events' => response()->eventStream($produce),
            'download' => response()->streamDownload($write, 'endless.txt'),
            default => response()->stream($write),
        };
    }

    /** A new file, which the application deletes after the response as early as possible. */
    public function removed(string $how): BinaryFileResponse
    {
        $path = storage_path('removed-'.bin2hex(random_bytes(4)));
        file_put_contents($path, str_repeat('x', 100_000));
        $remove = static fn () => unlink($path);
        match ($how) {
            'terminating' => app()->terminating($remove),
            'defer' => defer($remove),
            'shutdown' => register_shutdown_function($remove),
        };

        return response()->file($path);
    }

    /** A new file, which is deleted once it is sent. */
    public function once(int $megabytes): BinaryFileResponse
    {
        $path = storage_path('once-'.bin2hex(random_bytes(4)));
        $file = fopen($path, 'w');
        ftruncate($file, $megabytes << 20);
        fclose($file);

        return response()->download($path, 'once.bin')->deleteFileAfterSend();
    }

    public function accelerated(string $how): Response
    {
        is_file(storage_path('app/named.txt')) || file_put_contents(storage_path('app/named.txt'), 'named by a header');

        return response('not this', 200, ['Content-Type' => 'text/plain'] + match ($how) {
            'sendfile' => ['X-Sendfile' => storage_path('app/named.txt')],
            'outside' => ['X-Sendfile' => base_path('.env')],
            default => ['X-Accel-Redirect' => '/storage/app/named.txt'],
        });
    }

    public function file(): BinaryFileResponse
    {
        $path = storage_path('numbers.txt');
        is_file($path) || file_put_contents($path, implode("\n", range(1, 200_000)));

        return response()->file($path);
    }

    public function server(Request $request): JsonResponse
    {
        return response()->json([
            'server' => array_filter($_SERVER, static fn (mixed $value, string|int $name): bool => is_string($value)
                && preg_match('/^(REQUEST_|QUERY_|SERVER_|REMOTE_|HTTP_|CONTENT_|SCRIPT_|DOCUMENT_|LARAMAN_)/', (string) $name) === 1, ARRAY_FILTER_USE_BOTH),
            'query' => $request->query(),
            'url' => $request->fullUrl(),
            'ip' => $request->ip(),
        ]);
    }

    public function status(int $status): Response
    {
        return response("status $status", $status);
    }
}
