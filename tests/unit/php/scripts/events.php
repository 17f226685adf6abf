<?php

declare(strict_types=1);

// A resident script for the tests: an event's data chooses what happens with it.

use Laraman\Native\EventJob;
use Laraman\Native\RequestJob;

use function Laraman\Native\command;
use function Laraman\Native\debug;
use function Laraman\Native\query;
use function Laraman\Native\respond;
use function Laraman\Native\serve;

const FORCE_OFFLINE = 900002015;
const SINGLE_CAST = 900002006;
const UNIQ_ID_COUNT = 900003007;

function say(string $connection, string $text): void
{
    $field = static function (int $number, string $value): string {
        $length = strlen($value);
        $prefix = '';
        do {
            $prefix .= chr($length > 127 ? $length & 127 | 128 : $length);
            $length >>= 7;
        } while ($length > 0);

        return chr($number << 3 | 2).$prefix.$value;
    };
    command(SINGLE_CAST, $field(1, $connection).$field(2, $text));
}

serve(static function (RequestJob|EventJob $job): void {
    if ($job instanceof RequestJob) {
        try {
            say('somebody', 'from a request');
            respond(200, [], 'sent');
        } catch (RuntimeException $exception) {
            respond(200, [], $exception->getMessage());
        }

        return;
    }

    [$do, $rest] = explode(' ', $job->data.' ', 2);
    $connection = $job->connection;

    match ($do) {
        'close' => (static function () use ($connection): void {
            command(FORCE_OFFLINE, "\x0a\x04$connection");
            query(UNIQ_ID_COUNT, '', 5.0);
        })(),
        'query' => say($connection, bin2hex(query(UNIQ_ID_COUNT, '', 5.0))),
        'timeout' => (static function () use ($connection): void {
            try {
                query(UNIQ_ID_COUNT, '', 0.1);
            } catch (RuntimeException $exception) {
                say($connection, $exception->getMessage());
            }
        })(),
        'large' => say($connection, str_repeat('x', 300_000)),
        'globals' => say($connection, json_encode([$_GET, $_POST, $_COOKIE, $_FILES, isset($_SERVER['REQUEST_URI']), isset($_SESSION)])),
        'exit' => (static function () use ($connection): never {
            say($connection, 'last words');
            exit;
        })(),
        'debug' => (static function () use ($connection): void {
            debug(true);
            say($connection, 'debugging');
        })(),
        'throw' => throw new LogicException('thrown in an event'),
        'print' => (static function () use ($connection): void {
            echo "printed in an event\n2026-01-01 error forged \x1b[2J";
            header('X-Nobody: sees this');
            say($connection, 'done');
        })(),
        'set' => (static function () use ($connection): void {
            date_default_timezone_set('Asia/Shanghai');
            ini_set('precision', '5');
            say($connection, 'done');
        })(),
        'get' => say($connection, date_default_timezone_get().ini_get('precision')),
        'number' => say($connection, trim($rest)),
        'sleep' => usleep(300_000),
        'nothing' => null,
        default => say($connection, json_encode($job)),
    };
});
