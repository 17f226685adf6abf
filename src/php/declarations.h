// What a job declares by name: constants, functions, class aliases, and the files that it includes. The next job may
// declare and include it again, as under php-fpm. Classes stay, and with them all that their file has declared, and the
// files that it has included, while it was loaded: PHP loads it once.
#pragma once

#include "php/engine.h"

namespace laraman::php {

// Wraps define(), class_alias() and the compilation of files. Once per process, after module start-up.
void watch_declarations();

// What there is now stays.
void keep_declarations();
// Removes what the job has declared since, but for what belongs to classes.
void remove_declarations_of_job();

}  // namespace laraman::php
