<?php

declare(strict_types=1);

return [
    'worker' => [
        'flush' => [App\Leaks\Flushed::class],
    ],
];
