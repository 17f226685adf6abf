<?php

declare(strict_types=1);

namespace Laraman\Tests\Worker;

use ArrayObject;
use Illuminate\Contracts\Http\Kernel;
use Illuminate\Http\Request;
use Illuminate\Http\UploadedFile;
use Illuminate\Support\Facades\Cookie;
use Laraman\Native\ClientGone;
use Laraman\Tests\App\ProbeController;
use Laraman\Tests\App\Sockets\ProbeSocket;
use Laraman\Tests\TestCase;
use RuntimeException;

final class WorkerTest extends TestCase
{
    public function test_a_request_is_answered_in_one_call(): void
    {
        ProbeController::$probe = static fn (Request $request) => response("hello {$request->query('who')}", 201)
            ->header('X-Two', ['a', 'b'])->cookie('one', '1')->cookie('two', '2');
        $answer = $this->request('GET', '/raw?who=Ann');

        self::assertSame(201, $answer['status']);
        self::assertSame('hello Ann', $answer['body']);
        self::assertSame(['a', 'b'], $answer['headers']['X-Two']);
        self::assertCount(2, $answer['headers']['Set-Cookie']);
        self::assertArrayHasKey('Date', $answer['headers']);
    }

    public function test_a_form_with_method_override(): void
    {
        ProbeController::$probe = static fn (Request $request) => $request->method().' '.$request->input('name');

        self::assertSame('PUT Ann', $this->request('POST', '/raw', [
            'CONTENT_TYPE' => 'application/x-www-form-urlencoded',
        ], post: ['name' => 'Ann', '_method' => 'put'])['body']);
    }

    public function test_uploads_arrive_and_absent_ones_do_not(): void
    {
        $path = (string) tempnam(sys_get_temp_dir(), 'up');
        file_put_contents($path, 'content');
        ProbeController::$probe = static fn (Request $request) => [
            $request->file('avatar') instanceof UploadedFile,
            $request->file('avatar')?->getClientOriginalName(),
            $request->hasFile('other'),
            array_keys($request->allFiles()),
        ];
        $answer = $this->request('POST', '/raw', ['CONTENT_TYPE' => 'multipart/form-data; boundary=x'], files: [
            'avatar' => ['name' => 'a.png', 'type' => 'image/png', 'tmp_name' => $path, 'error' => UPLOAD_ERR_OK, 'size' => 7, 'full_path' => 'a.png'],
            'other' => ['name' => '', 'type' => '', 'tmp_name' => '', 'error' => UPLOAD_ERR_NO_FILE, 'size' => 0, 'full_path' => ''],
        ]);
        unlink($path);

        self::assertSame('[true,"a.png",false,["avatar"]]', $answer['body']);
    }

    public function test_csrf_protection_holds_in_the_web_group(): void
    {
        self::assertSame(419, $this->request('POST', '/probe')['status']);
    }

    public function test_an_exception_is_answered_by_laravel(): void
    {
        ProbeController::$probe = static fn () => throw new RuntimeException('broken');
        $answer = $this->request('GET', '/raw');

        self::assertSame(500, $answer['status']);
        self::assertStringContainsString('Server Error', $answer['body']);
        self::assertSame('broken', $this->exceptions->reported[0]->getMessage());
        self::assertSame('ok', $this->ok());
    }

    public function test_plain_text_500_where_laravel_cannot_answer(): void
    {
        $this->breakKernel();
        $answer = $this->request('GET', '/raw');

        self::assertSame(500, $answer['status']);
        self::assertSame('Internal Server Error', $answer['body']);
        self::assertSame('text/plain; charset=utf-8', $answer['headers']['Content-Type']);
        self::assertSame('the kernel is broken', $this->exceptions->reported[0]->getMessage());
    }

    public function test_details_of_that_only_when_debugging(): void
    {
        $this->app->make('config')->set('app.debug', true);
        $this->breakKernel();

        self::assertStringContainsString('the kernel is broken', $this->request('GET', '/raw')['body']);
    }

    public function test_after_such_an_error_the_worker_goes_on(): void
    {
        $this->breakKernel();
        $this->native->jobs = [$this->requestJob('GET', '/raw'), $this->requestJob('GET', '/raw')];
        $this->worker()->run();

        self::assertCount(2, $this->native->responses);
    }

    public function test_a_response_that_fails_while_it_is_sent_becomes_an_error_page(): void
    {
        ProbeController::$probe = static fn () => response()->streamDownload(static fn () => throw new RuntimeException('nothing there'), 'x.csv');
        $answer = $this->request('GET', '/raw');

        self::assertSame(500, $answer['status']);
        self::assertStringContainsString('Server Error', $answer['body']);
        self::assertSame('nothing there', $this->exceptions->reported[0]->getMessage());
        self::assertSame(0, $this->native->broken);
    }

    public function test_it_breaks_off_if_a_part_has_been_sent(): void
    {
        $this->native->hasBegun = true;
        ProbeController::$probe = static fn () => response()->stream(static fn () => throw new RuntimeException('too late'));
        $this->worker()->handle($this->requestJob('GET', '/raw'));

        self::assertSame([], $this->native->responses);
        self::assertSame(1, $this->native->broken);
        self::assertSame('too late', $this->exceptions->reported[0]->getMessage());
    }

    public function test_the_loop_takes_jobs_until_there_is_none(): void
    {
        ProbeController::$probe = static fn () => 'ok';
        ProbeSocket::$probe = static fn ($connection) => $connection->raw('x');
        $this->native->jobs = [
            $this->requestJob('GET', '/raw'),
            $this->eventJob('message', ['r' => '/probe/{what}', 'p' => ['what' => 'x']]),
            $this->requestJob('GET', '/raw'),
        ];
        $this->worker()->run();

        self::assertCount(2, $this->native->responses);
        self::assertCount(1, $this->native->casts());
    }

    public function test_a_file_is_passed_to_a_gateway_that_sends_it(): void
    {
        $path = (string) realpath((string) tempnam(sys_get_temp_dir(), 'file'));
        file_put_contents($path, '0123456789');
        $this->native->takesFiles = true;
        ProbeController::$probe = static fn () => response()->download($path, 'numbers.txt');
        $answer = $this->request('GET', '/raw', ['HTTP_RANGE' => 'bytes=2-4']);

        self::assertSame([206, ''], [$answer['status'], $answer['body']]);
        self::assertSame(['0123456789'], $this->native->files);
        self::assertSame(['bytes 2-4/10'], $answer['headers']['Content-Range']);
        self::assertSame(['3'], $answer['headers']['Content-Length']);
        self::assertStringContainsString('numbers.txt', $answer['headers']['Content-Disposition'][0]);

        symlink($path, "$path.link");
        ProbeController::$probe = static fn () => response()->file("$path.link")->deleteFileAfterSend();
        $this->request('GET', '/raw');
        self::assertFileDoesNotExist("$path.link");
        self::assertFileExists($path);
        self::assertCount(2, $this->native->files);

        ProbeController::$probe = static fn () => response()->file($path)->deleteFileAfterSend();
        $this->request('GET', '/raw');
        self::assertFileDoesNotExist($path);
    }

    public function test_a_file_is_written_for_a_server_that_does_not(): void
    {
        $path = (string) tempnam(sys_get_temp_dir(), 'file');
        file_put_contents($path, '0123456789');
        ProbeController::$probe = static fn () => response()->file($path)->deleteFileAfterSend();
        $this->expectOutputString('0123456789');
        $this->worker()->handle($this->requestJob('GET', '/raw'));

        self::assertSame(1, $this->native->ended);
        self::assertFileDoesNotExist($path);
    }

    public function test_a_client_that_goes_away_ends_its_stream_and_nothing_else(): void
    {
        $stopped = new ArrayObject;
        $gone = static fn () => throw new ClientGone;
        ProbeController::$probe = static fn () => response()->stream(static function () use ($gone, $stopped): void {
            try {
                $gone();
            } finally {
                $stopped[] = true;
            }
        });
        $this->worker()->handle($this->requestJob('GET', '/raw'));
        ProbeController::$probe = static fn () => response()->streamDownload($gone, 'a.txt');
        $this->worker()->handle($this->requestJob('GET', '/raw'));

        self::assertSame([1, 2], [count($stopped), $this->native->ended]);
        self::assertSame([], $this->exceptions->reported);
        self::assertSame('ok', $this->ok());
    }

    public function test_a_streamed_response_is_sent_by_itself(): void
    {
        ProbeController::$probe = static fn () => response()->stream(static function (): void {
            echo 'one ';
            echo 'two';
        });
        $this->expectOutputString('one two');
        $this->worker()->handle($this->requestJob('GET', '/raw'));

        self::assertSame([], $this->native->responses);
        self::assertSame(1, $this->native->ended);
    }

    public function test_a_file_is_sent_by_itself(): void
    {
        ProbeController::$probe = static fn () => response()->file(__FILE__);
        $this->expectOutputString((string) file_get_contents(__FILE__));
        $this->worker()->handle($this->requestJob('GET', '/raw'));

        self::assertSame(1, $this->native->ended);
    }

    public function test_echoed_output_belongs_to_the_response_also_from_an_open_buffer(): void
    {
        ProbeController::$probe = static function (): string {
            echo 'first ';
            ob_start();
            echo 'second ';

            return 'third';
        };

        self::assertSame('first second third', $this->request('GET', '/raw')['body']);
    }

    public function test_terminate_runs_after_the_answer(): void
    {
        $answered = null;
        ProbeController::$probe = function () use (&$answered): string {
            app()->terminating(function () use (&$answered): void {
                $answered = count($this->native->responses);
            });

            return 'ok';
        };
        $this->request('GET', '/raw');

        self::assertSame(1, $answered);
    }

    public function test_an_error_while_terminating_is_reported_and_the_worker_goes_on(): void
    {
        ProbeController::$probe = static function (): string {
            app()->terminating(static fn () => throw new RuntimeException('late'));

            return 'ok';
        };
        $this->native->jobs = [$this->requestJob('GET', '/raw'), $this->requestJob('GET', '/raw')];
        $this->worker()->run();

        self::assertSame('ok', $this->native->responses[0]['body']);
        self::assertSame('late', $this->exceptions->reported[0]->getMessage());
        self::assertCount(2, $this->native->responses);
    }

    public function test_state_is_restored_after_each_job_except_persistent_properties(): void
    {
        $this->app->make('config')->set('laraman.worker.persist', ['App\Client::$connection']);
        $this->worker()->run();

        self::assertSame(['App\Client::$connection'], $this->native->persistent);
    }

    public function test_state_stays_where_the_configuration_says_so(): void
    {
        $this->app->make('config')->set('laraman.worker.isolation', 'none');
        $this->worker()->run();

        self::assertNull($this->native->persistent);
    }

    public function test_json_bodies_become_input(): void
    {
        $request = \Laraman\Worker\RequestFactory::fromJob($this->requestJob('POST', '/raw', ['CONTENT_TYPE' => 'application/json']));

        self::assertSame($request->json(), $request->request);
    }

    public function test_queued_cookies_are_sent(): void
    {
        ProbeController::$probe = static function (): string {
            Cookie::queue('seen', 'yes');

            return 'ok';
        };
        $cookies = (array) $this->request('GET', '/probe')['headers']['Set-Cookie'];

        self::assertCount(1, array_filter($cookies, static fn (string $cookie): bool => str_starts_with($cookie, 'seen=')));
    }

    private function ok(): string
    {
        ProbeController::$probe = static fn () => 'ok';

        return $this->request('GET', '/raw')['body'];
    }

    private function breakKernel(): void
    {
        $this->app->instance(Kernel::class, new class($this->app, $this->app->make('router')) extends \Illuminate\Foundation\Http\Kernel
        {
            public function handle($request): never
            {
                throw new RuntimeException('the kernel is broken');
            }
        });
    }
}
