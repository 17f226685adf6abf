#include "cli/setting_access.h"

#include <filesystem>

namespace laraman::cli {

namespace fs = std::filesystem;

Error invalid(std::string what) { return {ErrorCode::kInvalid, std::move(what), "", ""}; }

Result<Duration> parse_seconds(const std::string& value) {
  double seconds = 0;
  const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (failure != std::errc() || end != value.data() + value.size() || !(seconds >= 0) || seconds > 1e8) {
    return invalid("\"" + value + "\" is not a number of seconds");
  }
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

std::string absolute(const std::string& path, const std::string& directory) {
  if (path.empty()) return path;
  std::string normal = (fs::path(directory) / path).lexically_normal().string();
  if (normal.size() > 1 && normal.ends_with('/')) normal.pop_back();
  return normal;
}

Result<std::string> as_it_is(const std::string& value, const std::string&) { return value; }

Result<std::string> to_path(const std::string& value, const std::string& directory) {
  return absolute(value, directory);
}

Result<std::string> to_address(const std::string& value, const std::string& directory) {
  constexpr std::string_view kUnix = "unix:";
  constexpr std::string_view kTcp = "tcp://";
  if (value.starts_with(kTcp)) return value.substr(kTcp.size());
  if (value.starts_with(kUnix)) return absolute(value.substr(kUnix.size()), directory);
  const bool has_port = value.find('/') == std::string::npos && value.find(':') != std::string::npos;
  return has_port ? value : absolute(value, directory);
}

Result<std::string> to_url(const std::string& value, const std::string&) {
  if (value.empty() || value.starts_with("http://") || value.starts_with("https://")) return value;
  return invalid("\"" + value + "\" is not a URL that begins with http:// or https://");
}

}  // namespace laraman::cli
