// PHP as a library: module start-up and end, and the callbacks through which it talks to a web server ("SAPI").
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace laraman::php {

// Starts PHP in this process: php.ini, extensions, opcache's shared memory. Once, before workers are forked. `ini` are
// settings that win over php.ini.
Result<void> start_php(const std::vector<std::pair<std::string, std::string>>& ini);
void stop_php();

}  // namespace laraman::php
