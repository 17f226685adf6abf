// Versions that belong together have the same major and minor number.
#pragma once

#include <string>
#include <string_view>

namespace laraman {

// "8.2" of "8.2.29"; "8.2" of itself.
inline std::string minor_version(std::string_view version) {
  const std::size_t first = version.find('.');
  if (first == std::string_view::npos) return std::string(version);
  return std::string(version.substr(0, version.find('.', first + 1)));
}

}  // namespace laraman
