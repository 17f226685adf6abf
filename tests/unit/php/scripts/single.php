<?php

// Takes one job and ends: the worker runs it again for the next.

Laraman\Native\next_job();
echo 'job of run ', spl_object_id(new stdClass), ' ', isset($seen) ? 'stale' : 'fresh';
$seen = true;
