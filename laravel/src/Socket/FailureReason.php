<?php

declare(strict_types=1);

namespace Laraman\Socket;

use Illuminate\Contracts\Config\Repository;
use Illuminate\Contracts\Foundation\Application;
use Laraman\Gateway\Argument;
use Throwable;

/**
 * The reason in the close frame after a failed message: the exception if app.debug is on, otherwise empty.
 */
final class FailureReason
{
    public static function of(Application $app, Throwable $e): string
    {
        if ($app->make(Repository::class)->get('app.debug') !== true) {
            return '';
        }

        return mb_strcut(mb_scrub($e::class.': '.$e->getMessage(), 'UTF-8'), 0, Argument::LONGEST_REASON, 'UTF-8');
    }
}
