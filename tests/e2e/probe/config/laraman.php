<?php

declare(strict_types=1);

return [
    'worker' => [
        // Resolved at boot, it would live as long as the worker does.
        'warm' => [App\Leaks\Flushed::class],
        'flush' => [App\Leaks\Flushed::class],
    ],
];
