<?php

declare(strict_types=1);

namespace App\Jobs;

use Illuminate\Contracts\Queue\ShouldQueue;
use Illuminate\Foundation\Queue\Queueable;
use Laraman\Facades\Gateway;

/**
 * Shows a text in all open windows. When queued, it runs in `php artisan queue:work`.
 */
final class Announce implements ShouldQueue
{
    use Queueable;

    public function __construct(private readonly string $text, private readonly string $by)
    {
    }

    public function handle(): void
    {
        Gateway::all()->send('announced', ['text' => $this->text, 'by' => $this->by]);
    }
}
