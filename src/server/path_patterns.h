// PathPatterns: which paths a port's WebSockets have: "/netsvr" is that path, "/app/*" every path below /app/. None at
// all means every path.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace laraman::server {

class PathPatterns {
 public:
  PathPatterns() = default;
  explicit PathPatterns(std::vector<std::string> patterns) : patterns_(std::move(patterns)) {}

  // `path` as it stands in the request, without the query.
  bool match(std::string_view path) const {
    if (patterns_.empty()) return true;
    for (std::string_view pattern : patterns_) {
      if (!pattern.ends_with("/*")) {
        if (path == pattern) return true;
        continue;
      }
      pattern.remove_suffix(1);
      if (path.starts_with(pattern)) return true;
    }
    return false;
  }

 private:
  std::vector<std::string> patterns_;
};

}  // namespace laraman::server
