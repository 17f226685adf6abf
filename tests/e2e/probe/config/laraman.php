<?php

declare(strict_types=1);

return [
    'worker' => [
        // Without isolation this singleton would live as long as the worker.
        'warm' => [App\Leaks\Flushed::class],
    ],
];
