<?php

declare(strict_types=1);

use Laraman\Tests\App\Models\Admin;
use Laraman\Tests\App\Models\User;

return [
    'defaults' => ['guard' => 'web', 'passwords' => 'users'],
    'guards' => [
        'web' => ['driver' => 'session', 'provider' => 'users'],
        'admin' => ['driver' => 'session', 'provider' => 'admins'],
    ],
    'providers' => [
        'users' => ['driver' => 'eloquent', 'model' => User::class],
        'admins' => ['driver' => 'eloquent', 'model' => Admin::class],
    ],
];
