<?php

declare(strict_types=1);

namespace App\Console\Commands;

use App\Models\Room;
use Illuminate\Console\Command;

/**
 * Prepares a new checkout to run. Existing files and data are not changed.
 */
final class InstallCommand extends Command
{
    protected $signature = 'app:install';

    protected $description = 'Prepare the application: key, database, demo users, link to the uploads';

    public function handle(): int
    {
        if (! is_file(base_path('.env'))) {
            copy(base_path('.env.example'), base_path('.env'));
        }

        if (config('app.key') === null || config('app.key') === '') {
            $this->callSilently('key:generate', ['--force' => true]);
        }

        $database = (string) config('database.connections.sqlite.database');

        if ($database !== ':memory:' && ! is_file($database)) {
            touch($database);
        }

        if ($this->callSilently('migrate', ['--force' => true]) !== self::SUCCESS) {
            $this->components->error('The migrations failed; php artisan migrate tells why.');

            return self::FAILURE;
        }

        if (Room::query()->doesntExist()) {
            $this->callSilently('db:seed', ['--force' => true]);
        }

        if (! file_exists(public_path('storage'))) {
            $this->callSilently('storage:link', ['--force' => true]);
        }

        $this->components->info('Ready. Log in as Ada or Grace (password: "chat"), or pick a name.');

        return self::SUCCESS;
    }
}
