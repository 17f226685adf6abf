<?php

declare(strict_types=1);

/*
| The script that `laraman php` runs in each worker: boots the application in LARAMAN_APP once and passes jobs to it until
| the worker is to stop. PHP prints an error during boot and exits with a non-zero code.
*/

use Illuminate\Contracts\Config\Repository;
use Laraman\Octane\OctaneHandler;
use Laraman\Version;
use Laraman\Worker\KernelHandler;
use Laraman\Worker\Secrets;
use Laraman\Worker\Worker;

use function Laraman\Native\debug;

(static function (): void {
    $base = $_SERVER['LARAMAN_APP'] ?? getenv('LARAMAN_APP');

    if (! is_string($base) || $base === '') {
        throw new RuntimeException('LARAMAN_APP does not name the application\'s base path.');
    }

    if (! is_file($autoload = $base.'/vendor/autoload.php')) {
        throw new RuntimeException("There is no $autoload: run composer install in [$base].");
    }

    // As in public/index.php; each request has its own value.
    defined('LARAVEL_START') || define('LARAVEL_START', microtime(true));

    require $autoload;
    Version::check(phpversion('laraman'));

    if ($isOctane = OctaneHandler::available()) {
        $_SERVER['LARAVEL_OCTANE'] = $_ENV['LARAVEL_OCTANE'] = '1';  // packages read it while they boot
        putenv('LARAVEL_OCTANE=1');
    }

    $worker = Worker::boot(static fn () => $isOctane ? OctaneHandler::boot($base) : KernelHandler::boot($base));
    Secrets::forget(app(Repository::class));
    is_dir($public = app()->publicPath()) && chdir($public);  // as under php-fpm
    debug(config('app.debug') === true);
    $worker->run();
})();
