<?php

declare(strict_types=1);

namespace App\Providers;

use App\Redis\Subscription;
use Illuminate\Contracts\Events\Dispatcher;
use Illuminate\Support\ServiceProvider;
use Laraman\Events\WorkerStarting;
use Laraman\Facades\Gateway;
use Laraman\Facades\Laraman;
use RuntimeException;

/**
 * Shows messages of the Redis channel chat.room.lobby in the room "lobby", if CHAT_REDIS names a server. One of the workers
 * subscribes.
 */
final class RedisServiceProvider extends ServiceProvider
{
    private const PREFIX = 'chat.';

    public function boot(Dispatcher $events): void
    {
        $address = config('services.chat_redis');

        if (is_string($address) && $address !== '') {
            $events->listen(WorkerStarting::class, static fn () => Laraman::inOneWorker('redis', static fn () => self::subscribe($address)));
        }
    }

    /** Subscribes; retries until Redis is available, and subscribes again after the connection was lost. */
    private static function subscribe(string $address): void
    {
        try {
            $subscription = Subscription::to($address, self::PREFIX.'*');
        } catch (RuntimeException $e) {
            report($e);
            self::later($address);

            return;
        }

        Laraman::onReadable($subscription->stream(), static function ($stream) use ($subscription, $address): void {
            foreach ($subscription->messages() as $channel => $text) {
                Gateway::channel(substr($channel, strlen(self::PREFIX)))->send('announced', ['text' => $text, 'by' => 'Redis']);
            }

            if (feof($stream)) {
                fclose($stream);
                self::later($address);
            }
        }, static fn () => $subscription->quit());
    }

    private static function later(string $address): void
    {
        $number = Laraman::every(1.0, static function () use ($address, &$number): void {
            Laraman::forget($number);
            self::subscribe($address);
        });
    }
}
