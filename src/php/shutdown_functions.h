// The functions that PHP code has registered by register_shutdown_function(): those of the boot, and those of a job.
#pragma once

#include "php/engine.h"

namespace laraman::php {

// Calls those of the job under way, also those that they register. A job that has called exit ends the script for code
// that was to run whatever happens: those of the boot come before them then. Fails as a script does: call within
// zend_try.
void call_shutdown_functions();
// At the end of the script: PHP calls `functions`, those of the boot, before those that have come since. Takes them.
void prepend_shutdown_functions(HashTable* functions);

}  // namespace laraman::php
