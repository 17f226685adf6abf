<?php

declare(strict_types=1);

namespace App\Console\Commands;

use App\Models\User;
use Illuminate\Console\Command;
use Illuminate\Database\Schema\Blueprint;
use Illuminate\Support\Facades\Schema;

final class InstallCommand extends Command
{
    protected $signature = 'app:install';

    public function handle(): int
    {
        file_put_contents(base_path('.env'), implode("\n", [
            'APP_KEY=base64:'.base64_encode(random_bytes(32)),
            'APP_ENV=testing',
            'APP_DEBUG=false',
            'LOG_CHANNEL=single',
            'DB_CONNECTION=sqlite',
            'SESSION_DRIVER=file',
            'CACHE_STORE=file',
            'MAIL_MAILER=array',
            'QUEUE_CONNECTION=sync',
        ])."\n");

        @mkdir(database_path());
        touch(database_path('database.sqlite'));
        config(['database.default' => 'sqlite']);

        Schema::create('users', static function (Blueprint $table): void {
            $table->id();
            $table->string('name');
            $table->rememberToken();
            $table->timestamps();
        });

        foreach (['ada', 'bob'] as $name) {
            User::create(['name' => $name]);
        }

        return self::SUCCESS;
    }
}
