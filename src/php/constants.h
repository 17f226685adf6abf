// Constants that a job defines within a function: the next job may define them again. Those of a file's own level stay,
// as the file stays included.
#pragma once

#include "php/engine.h"

namespace laraman::php {

// Wraps define(). Once per process, after module start-up.
void watch_constants();

// Removes the constants that were defined since the last call.
void remove_constants_of_job();
// Leaves them; what booting has defined stays.
void keep_constants();

}  // namespace laraman::php
