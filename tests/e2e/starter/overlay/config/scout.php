<?php

declare(strict_types=1);

return ['driver' => 'collection', 'prefix' => '', 'queue' => false, 'after_commit' => false, 'chunk' => ['searchable' => 500, 'unsearchable' => 500], 'soft_delete' => false];
