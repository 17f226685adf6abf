// SharedBytes: immutable bytes that many sockets send without copying them. Any thread may hold a reference.
#pragma once

#include <memory>
#include <string>
#include <utility>

namespace laraman::net {

using SharedBytes = std::shared_ptr<const std::string>;

inline SharedBytes share(std::string bytes) { return std::make_shared<const std::string>(std::move(bytes)); }

}  // namespace laraman::net
