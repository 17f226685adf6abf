// Which PHP the program was built for, and which one the dynamic linker has found for it.
#pragma once

#include <string>

#include "base/result.h"

namespace laraman::php {

// "8.2.29": of the library that was loaded.
std::string php_version();

// Whether the library is of the same kind as the headers: API number, thread safety, debugging. To be asked before PHP
// is started, whose structures would differ. The error names both and says what to install.
Result<void> check_php_library();

}  // namespace laraman::php
