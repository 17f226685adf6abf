// The PHP role (`laraman php`): starts PHP once, forks workers, and replaces those that end. It runs no PHP code
// itself.
#pragma once

#include "php/pool_options.h"

namespace laraman::php {

// Runs the pool until it is told to end (TERM: each worker finishes its job; INT or a second TERM: at once). Says
// "ready" or why it failed through LARAMAN_NOTIFY_FD. Returns the process's exit status.
int run_php_pool(const PoolOptions& options);

}  // namespace laraman::php
