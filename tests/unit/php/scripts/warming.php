<?php

declare(strict_types=1);

// A resident script that makes something for all jobs after each that asks for it. ?do=look tells what there is.

use Laraman\Native\RequestJob;

use function Laraman\Native\isolate;
use function Laraman\Native\respond;
use function Laraman\Native\serve;
use function Laraman\Native\warm;

final class Made
{
    public static int $warmed = 0;

    public static int $ended = 0;

    public static bool $wants = false;
}

register_shutdown_function(static function (): void {
    Made::$ended++;
});

isolate();

serve(
    static function (RequestJob $job): void {
        Made::$wants = isset($job->query['warm']);
        if (isset($job->query['exit'])) {
            exit;
        }
        respond(200, [], json_encode(['warmed' => Made::$warmed, 'ended' => Made::$ended]));
    },
    static fn () => Made::$wants && warm(1),
    static function (): void {
        Made::$warmed++;
    },
);
