// The settings whose texts have rules of their own, beside those of cli/setting_access.h.
#pragma once

#include <cstdint>
#include <string>

#include "cli/setting_access.h"

namespace laraman::cli {

// An address, a name, or "unix:/path".
Result<std::string> to_host(const std::string& value, const std::string& directory);
// A path, or "-" for standard output.
Result<std::string> to_access_log_file(const std::string& value, const std::string& directory);
// "/netsvr" or "/app/*".
Result<std::string> to_websocket_path(const std::string& value, const std::string& directory);
Result<std::string> to_subprotocol(const std::string& value, const std::string& directory);

inline constexpr std::uint32_t kMaxWorkers = 1000;

Access socket_mode();        // in octal
Access limit_window();       // at least a millisecond
Access netsvr_metrics();     // numbers of items, or "none", which an empty list cannot say
Access number_of_workers();  // "auto", "4", or "2..8"
Access sendfile();           // "/uri/=/directory" or "/directory"
Access ini();                // "name=value"
Access netsvr_heartbeat();   // may be empty, which is not its default

}  // namespace laraman::cli
