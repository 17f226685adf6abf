// What a failed boot reports to the starter of the server.
#pragma once

#include <string>
#include <string_view>

namespace laraman::php {

// The first useful line of PHP's words on a fatal error, or of what the script printed before it ended: without stack
// trace, and with what to do about it where that is known.
std::string describe_boot_failure(std::string_view text);

}  // namespace laraman::php
