<?php

declare(strict_types=1);

// A resident script for the tests: ?do=NAME chooses what a request does.

use Laraman\Native\CallbackJob;
use Laraman\Native\RequestJob;

use function Laraman\Native\begin_stream;
use function Laraman\Native\end_response;
use function Laraman\Native\respond;
use function Laraman\Native\serve;
use function Laraman\Native\worker;

putenv('BOOT_VARIABLE=boot');
$_SERVER['BOOT_SERVER_VARIABLE'] = 'boot';
ini_set('precision', '12');
set_error_handler(static fn (int $level, string $message): bool => throw new ErrorException($message, 0, $level));
restore_error_handler();
$bootHandler = static fn (): bool => false;
set_error_handler($bootHandler);

// As a framework does: what it registers while booting sees the fatal errors of every request.
register_shutdown_function(static function (): void {
    $error = error_get_last();
    echo isset($_GET['at_exit']) ? ', boot shutdown' : '';

    if ($error !== null && ($error['type'] & (E_ERROR | E_USER_ERROR)) !== 0) {
        header('X-Boot-Shutdown: yes');
        echo 'boot shutdown saw: ', strtok($error['message'], "\n");
    }
});

function state(): array
{
    return [
        'precision' => ini_get('precision'),
        'memory_limit' => ini_get('memory_limit'),
        'error_reporting' => error_reporting(),
        'time_limit' => ini_get('max_execution_time'),
        'include_path' => get_include_path(),
        'locale' => setlocale(LC_ALL, '0'),
        'directory' => getcwd(),
        'umask' => umask(),
        'timezone' => date_default_timezone_get(),
        'encoding' => mb_internal_encoding(),
        'substitute' => mb_substitute_character(),
        'libxml' => libxml_use_internal_errors(),
        'boot_variable' => getenv('BOOT_VARIABLE'),
        'job_variable' => getenv('JOB_VARIABLE'),
        'error_handler' => get_current_error_handler() === $GLOBALS['bootHandler'],
        'exception_handler' => get_current_exception_handler() === null,
        'buffers' => ob_get_level(),
        'session' => isset($_SESSION),
        'status' => http_response_code(),
        'context' => stream_context_get_options(stream_context_get_default()),
    ];
}

function get_current_error_handler(): mixed
{
    $handler = set_error_handler(null);
    restore_error_handler();

    return $handler;
}

function get_current_exception_handler(): mixed
{
    $handler = set_exception_handler(null);
    restore_exception_handler();

    return $handler;
}

function spoil(): void
{
    ini_set('precision', '5');
    ini_set('memory_limit', '300M');
    error_reporting(E_ERROR);
    set_time_limit(1234);
    set_include_path('/nowhere');
    setlocale(LC_ALL, 'C.UTF-8');
    chdir('/');
    umask(0077);
    date_default_timezone_set('Asia/Shanghai');
    mb_internal_encoding('ISO-8859-1');
    mb_substitute_character('none');
    libxml_use_internal_errors(true);
    putenv('BOOT_VARIABLE=job');
    putenv('JOB_VARIABLE=job');
    restore_error_handler();
    set_error_handler(static fn (): bool => true);
    set_error_handler(static fn (): bool => true);
    set_exception_handler(static function (): void {
    });
    stream_context_set_default(['http' => ['header' => 'Authorization: secret']]);
    mt_srand(1);
    ob_start();
    ob_start();
}

final class Marker
{
    public static function path(): string
    {
        return getenv('LARAMAN_TEST_DIRECTORY').'/marker';
    }

    public static function write(string $text): void
    {
        file_put_contents(self::path(), $text, FILE_APPEND);
    }
}

$actions = [
    'superglobals' => static function (RequestJob $job): void {
        respond(200, ['Content-Type' => 'application/json'], json_encode([
            'job' => $job,
            'same' => $job->query === $_GET && $job->post === $_POST && $job->cookies === $_COOKIE
                && $job->files === $_FILES && $job->server === $_SERVER,
            'request' => $_REQUEST,
            'input' => file_get_contents('php://input'),
            'filtered' => filter_input(INPUT_SERVER, 'HTTP_HOST').filter_input(INPUT_GET, 'a'),
            'getenv' => getenv('HTTP_HOST'),
            'sapi' => PHP_SAPI,
            'streams' => defined('STDIN') && is_resource(STDOUT) && is_resource(STDERR),
            'opcache' => opcache_get_status(false)['opcache_enabled'] ?? false,
            'worker' => worker(),
        ], JSON_THROW_ON_ERROR));
    },
    'body' => static function (): void {
        $body = file_get_contents('php://input');
        echo strlen($body), ' ', md5($body), ' ', md5(stream_get_contents(fopen('php://input', 'rb')));
    },
    'ignore_body' => static function (): void {
        echo 'ignored';
    },
    'keep_input' => static function (): void {
        static $kept = [];
        $kept[] = $input = fopen('php://input', 'rb');
        echo stream_get_contents($input), count($kept);
    },
    'form' => static function (): void {
        echo json_encode([$_POST, $_REQUEST]);
    },
    'upload' => static function (): void {
        $file = $_FILES['avatar'];
        $target = getenv('LARAMAN_TEST_DIRECTORY').'/uploaded';
        $isUploaded = is_uploaded_file($file['tmp_name']);
        $moved = move_uploaded_file($file['tmp_name'], $target);
        echo json_encode([$file['name'], $file['type'], $file['size'], $isUploaded, $moved, md5_file($target), $_POST]);
    },
    'upload_left' => static function (): void {
        echo $_FILES['avatar']['tmp_name'];
    },
    'headers' => static function (): void {
        http_response_code(404);
        header('X-One: 1');
        header('X-Two: a');
        header('X-Two: b', false);
        setcookie('first', '1');
        setcookie('second', '2');
        echo 'not here';
    },
    'status_line' => static function (): void {
        header('HTTP/1.1 418 Short and stout');
    },
    'nothing' => static function (): void {
    },
    'respond' => static function (): void {
        header('X-Replaced: old');
        header('X-Kept: kept');
        setcookie('first', '1');
        echo 'before ';
        respond(201, ['X-Replaced' => 'new', 'Set-Cookie' => ['second=2', 'third=3'], 'Content-Type' => 'text/plain'], 'body');
        echo 'never seen';
    },
    'respond_unsafe' => static function (): void {
        try {
            respond(200, ['X-A' => "a\r\nX-B: b"], '');
        } catch (ValueError $error) {
            echo 'refused';
        }
    },
    'respond_twice' => static function (): void {
        respond(200, [], 'once');

        try {
            respond(200, [], 'twice');
        } catch (RuntimeException $exception) {
            Marker::write($exception->getMessage());
        }
    },
    'terminate' => static function (): void {
        echo 'answer';
        end_response();
        usleep(300_000);
        Marker::write('terminated');
    },
    'stream' => static function (): void {
        ob_end_flush();
        foreach (['one', 'two', 'three'] as $piece) {
            echo $piece;
            flush();
            usleep(100_000);
        }
    },
    'large' => static function (): void {
        for ($i = 0; $i < 64; $i++) {
            echo str_repeat(chr(65 + $i % 26), 50_000);
        }
        echo str_repeat('!', 3_000_000);
    },
    'until_aborted' => static function (): void {
        ob_end_flush();
        for ($i = 0; $i < 1000 && ! connection_aborted(); $i++) {
            echo str_repeat('x', 1000);
            flush();
            usleep(2_000);
        }
        Marker::write(connection_aborted() ? 'aborted' : 'not aborted');
    },
    'write_for_ever' => static function (): void {
        set_time_limit(0);
        if (isset($_GET['ignores'])) {
            ignore_user_abort(true);
        }
        begin_stream();
        $end = microtime(true) + (float) ($_GET['seconds'] ?? 60);
        while (microtime(true) < $end) {
            try {
                echo str_repeat('x', 1000);
                isset($_GET['flushes']) && flush();
                usleep(100);
            } catch (Throwable) {
            }
        }
        Marker::write('came to its end');
    },
    'write_once_more' => static function (): void {
        begin_stream();
        try {
            for (;;) {
                echo 'x';
                flush();
                usleep(1_000);
            }
        } catch (Throwable) {
            sleep(1);
            isset($_GET['again']) && print('x');
            isset($_GET['again']) && flush();
            Marker::write('worked in silence');
        }
    },
    'exit' => static function (): void {
        ob_start();
        ob_start();
        echo 'dumped';
        http_response_code(500);
        exit(1);
    },
    'exit_message' => static function (): void {
        try {
            exit('good bye');
        } finally {
            echo 'never';
        }
    },
    'exit_in_fiber' => static function (): void {
        (new Fiber(static function (): void {
            echo 'in a fiber';
            exit(255);
        }))->start();
        echo 'never';
    },
    'exit_in_generator' => static function (): void {
        foreach ((static function () { yield 'in a generator'; exit; })() as $text) {
            echo $text;
        }
    },
    'exit_in_shutdown' => static function (): void {
        register_shutdown_function(static function (): void {
            echo 'in a shutdown function';
            exit(255);
        });
        register_shutdown_function(static function (): void {
            echo ', never';
        });
    },
    'exit_in_output_callback' => static function (): void {
        ob_start(static fn (string $text) => $text === '' ? '' : exit('in a callback'));
        echo 'text';
    },
    'exit_in_destructor' => static function (): void {
        $GLOBALS['destructed'] = new class {
            public function __destruct()
            {
                exit(255);
            }
        };
        echo 'in a destructor';
        $GLOBALS['destructed'] = null;
        echo ', never';
    },
    'count' => static function (): void {
        static $count = 0;
        echo ++$count;
    },
    'job' => static function (RequestJob $job): void {
        try {
            $job->query = [];
        } catch (Error $error) {
            echo $error->getMessage();
        }
    },
    'throw' => static function (): void {
        throw new LogicException('thrown on purpose');
    },
    'user_error' => static function (): void {
        restore_error_handler();
        trigger_error('triggered on purpose', E_USER_ERROR);
    },
    'memory' => static function (): void {
        $all = [];
        while (true) {
            $all[] = str_repeat('x', 1 << 20);
        }
    },
    'endless' => static function (): void {
        set_time_limit(1);
        while (true) {
        }
    },
    'shutdown' => static function (): void {
        register_shutdown_function(static function (): void {
            echo ' shutdown';
            register_shutdown_function(static function (): void {
                echo ' nested';
            });
        });
        echo 'body';
    },
    'shutdown_fatal' => static function (): void {
        register_shutdown_function(static function (): void {
            throw new LogicException('thrown in a shutdown function');
        });
        echo 'body';
    },
    'session' => static function (): void {
        session_save_path(getenv('LARAMAN_TEST_DIRECTORY'));
        $before = isset($_SESSION);
        session_start();
        $_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
        $_SESSION['user'] ??= $_GET['user'];
        echo json_encode([$before, session_id(), $_SESSION]);
    },
    'state' => static function (): void {
        echo json_encode(state());
    },
    'spoil' => static function (): void {
        spoil();
    },
    'random' => static function (): void {
        echo mt_rand();
    },
    'spin' => static function (): void {
        $spin = static function (): never {
            while (true) {
            }
        };
        $spin();
    },
    'crunch' => static function (): void {
        hash_pbkdf2('sha512', 'password', 'salt', 20_000_000);
    },
    'sleep_extended' => static function (): void {
        set_time_limit(30);
        sleep(1);
        echo 'extended';
    },
    'stream_slowly' => static function (): void {
        ob_end_flush();
        foreach (range(1, 6) as $number) {
            usleep(150_000);
            echo $number;
            flush();
        }
    },
    'stream_then_hang' => static function (): void {
        ob_end_flush();
        echo 'begun';
        flush();
        sleep(60);
    },
    'late_terminate' => static function (): void {
        echo 'answer';
        end_response();
        sleep(60);
    },
    'pid' => static function (): void {
        echo getmypid();
    },
    'grow' => static function (): void {
        static $kept = [];
        $kept[] = str_repeat('x', 8 << 20);
        echo getmypid();
    },
    'cycles' => static function (): void {
        for ($i = 0; $i < 30_000; $i++) {
            $one = new stdClass;
            $one->self = $one;
        }
        echo json_encode(gc_status());
    },
    'gc_status' => static function (): void {
        echo json_encode(gc_status());
    },
    'timer' => static function (): void {
        $GLOBALS['timer'] = Laraman\Native\every(0.05);
        echo $GLOBALS['timer'];
    },
    'watch' => static function (): void {
        [$mine, $GLOBALS['other']] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
        $GLOBALS['watched'] = [Laraman\Native\watch($mine) => $mine];
        fwrite($GLOBALS['other'], "first\nsecond\n");
    },
    'watch_regular_file' => static function (): void {
        try {
            Laraman\Native\watch(opendir('/'));
            echo 'watched';
        } catch (ValueError $error) {
            echo $error->getMessage();
        }
    },
    'forget' => static function (): void {
        echo json_encode([Laraman\Native\forget((int) $_GET['number']), Laraman\Native\forget(12345)]);
    },
    'close_other' => static function (): void {
        fclose($GLOBALS['other']);
    },
    'sleep' => static function (): void {
        sleep((int) $_GET['seconds']);
        echo 'slept';
    },
    'use_memory' => static function (): void {
        echo memory_get_usage();
    },
    'include' => static function (): void {
        echo include getenv('LARAMAN_TEST_DIRECTORY').'/template.php';
    },
    'kill' => static function (): void {
        posix_kill(getmypid(), SIGKILL);
    },
    'no_gateway' => static function (): void {
        try {
            Laraman\Native\command(900002003, '');
        } catch (RuntimeException $exception) {
            echo $exception->getMessage();
        }
    },
    'next_in_shutdown' => static function (): void {
        register_shutdown_function(static function (): void {
            try {
                serve(static fn () => null);
            } catch (Error $error) {
                echo $error->getMessage();
            }
        });
    },
];

serve(static function (RequestJob|CallbackJob $job) use ($actions): void {
    if ($job instanceof RequestJob) {
        $actions[$_GET['do'] ?? 'nothing']($job);

        return;
    }
    $stream = $GLOBALS['watched'][$job->number] ?? null;
    if ($stream === null) {
        Marker::write('tick ');

        return;
    }
    $line = fgets($stream);
    Marker::write($line === false ? 'end ' : trim($line).' ');
    $line === false && fclose($stream);
});

echo 'left the loop';
Marker::write('left');
