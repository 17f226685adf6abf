<?php

declare(strict_types=1);

namespace Laraman\Facades;

use Illuminate\Support\Facades\Facade;
use Laraman\Worker\Watches;

/**
 * Adds the application's own streams and timers to a resident worker. Call these methods in a listener of
 * Laraman\Events\WorkerStarting.
 *
 * @method static bool isWorker()
 * @method static int onReadable(resource $stream, callable $callback, callable|null $onStop = null)
 * @method static int every(float $seconds, callable $callback)
 * @method static void forget(int $number)
 * @method static void inOneWorker(string $name, callable $begin)
 *
 * @see Watches
 */
final class Laraman extends Facade
{
    protected static function getFacadeAccessor(): string
    {
        return Watches::class;
    }
}
