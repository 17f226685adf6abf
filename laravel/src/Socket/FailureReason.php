<?php

declare(strict_types=1);

namespace Laraman\Socket;

use Illuminate\Contracts\Config\Repository;
use Illuminate\Contracts\Foundation\Application;
use Throwable;

/**
 * The reason in the close frame of a connection whose message failed: the exception while debugging, else nothing.
 */
final class FailureReason
{
    /** Bytes that a close frame has room for (RFC 6455 section 5.5). */
    private const LONGEST = 123;

    public static function of(Application $app, Throwable $e): string
    {
        if ($app->make(Repository::class)->get('app.debug') !== true) {
            return '';
        }

        return mb_strcut(mb_scrub($e::class.': '.$e->getMessage(), 'UTF-8'), 0, self::LONGEST, 'UTF-8');
    }
}
