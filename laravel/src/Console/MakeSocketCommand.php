<?php

declare(strict_types=1);

namespace Laraman\Console;

use Illuminate\Console\GeneratorCommand;

/**
 * `php artisan make:socket ChatSocket` writes app/Sockets/ChatSocket.php.
 */
final class MakeSocketCommand extends GeneratorCommand
{
    protected $name = 'make:socket';

    protected $description = 'Create a new socket handler class';

    protected $type = 'Socket handler';

    public function handle(): ?bool
    {
        $result = parent::handle();

        if ($result !== false && ! is_file($this->laravel->basePath('routes/sockets.php'))) {
            $this->components->info('Add its route to routes/sockets.php. To create that file: php artisan vendor:publish --tag=laraman-routes');
        }

        return $result;
    }

    protected function getStub(): string
    {
        $own = $this->laravel->basePath('stubs/socket.stub');

        return is_file($own) ? $own : dirname(__DIR__, 2).'/stubs/socket.stub';
    }

    /** @param  string  $rootNamespace */
    protected function getDefaultNamespace($rootNamespace): string
    {
        return $rootNamespace.'\Sockets';
    }
}
