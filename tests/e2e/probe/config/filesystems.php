<?php

declare(strict_types=1);

// Only what differs from Laravel's own defaults: private files are not served.

return [

    'disks' => [

        'local' => [
            'driver' => 'local',
            'root' => storage_path('app/private'),
            'serve' => false,
            'throw' => true,
        ],

    ],

];
