// A temporary file without a name, which is gone with its last descriptor.
#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace laraman::server {

// For reading and writing.
Result<UniqueFd> open_unnamed_file(const std::string& directory);

}  // namespace laraman::server
