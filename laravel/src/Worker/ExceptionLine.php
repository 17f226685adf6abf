<?php

declare(strict_types=1);

namespace Laraman\Worker;

use Illuminate\Contracts\Debug\ExceptionHandler;
use Illuminate\Contracts\Foundation\Application;
use Illuminate\Foundation\Exceptions\Handler;
use Throwable;

/**
 * Prints a line on the developer's terminal for each exception that the application reports, in addition to its own log.
 */
final class ExceptionLine
{
    /** Whether this process is a worker of a server that has such a terminal. */
    public static function isWanted(): bool
    {
        return function_exists('Laraman\Native\serve') && getenv('LARAMAN_TERMINAL') !== false;
    }

    public static function printEach(Application $app, ExceptionHandler $handler): void
    {
        if ($handler instanceof Handler) {
            $base = $app->basePath().'/';
            $handler->reportable(static function (Throwable $e) use ($base): void {
                error_log(self::of($e, $base));
            });
        }
    }

    /**
     * Class, first line of the message, file and line.
     *
     * @param  string  $base  prefix to remove from the file's path
     */
    public static function of(Throwable $e, string $base): string
    {
        $file = str_starts_with($e->getFile(), $base) ? substr($e->getFile(), strlen($base)) : $e->getFile();

        return sprintf('%s: %s  %s:%d', $e::class, strtok($e->getMessage(), "\r\n") ?: '(no message)', $file, $e->getLine());
    }
}
