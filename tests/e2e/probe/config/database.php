<?php

declare(strict_types=1);

// Only what differs from Laravel's own defaults: several workers write to the one SQLite file.

return [

    'connections' => [

        'sqlite' => [
            'driver' => 'sqlite',
            'database' => env('DB_DATABASE', database_path('database.sqlite')),
            'prefix' => '',
            'foreign_key_constraints' => true,
            'busy_timeout' => 5000,
            'journal_mode' => 'wal',
            'synchronous' => 'normal',
            'transaction_mode' => 'IMMEDIATE',
        ],

        // Of the servers that a test has started.
        ...json_decode(env('TEST_CONNECTIONS', '[]'), true),

    ],

    'redis' => json_decode(env('TEST_REDIS', '[]'), true),

];
