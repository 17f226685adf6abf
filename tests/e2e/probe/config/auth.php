<?php

declare(strict_types=1);

return [
    'guards' => [
        'other' => ['driver' => 'session', 'provider' => 'users'],
    ],
];
