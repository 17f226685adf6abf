#include "php/version.h"

#include <main/php_version.h>

namespace laraman::php {

const char* php_version() { return PHP_VERSION; }

}  // namespace laraman::php
