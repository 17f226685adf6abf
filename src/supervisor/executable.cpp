#include "supervisor/executable.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string_view>

namespace laraman::supervisor {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSelf = "/proc/self/exe";

bool is_this_program(const fs::path& path) {
  std::error_code failure;
  return fs::equivalent(path, kSelf, failure) && !failure;
}

std::string running_program() {
  std::error_code failure;
  const fs::path path = fs::read_symlink(kSelf, failure);
  return !failure && ::access(path.c_str(), X_OK) == 0 ? path.string() : kSelf;
}

}  // namespace

std::string path_started_as(const char* argv0) {
  const std::string_view name = argv0 == nullptr ? "" : argv0;
  if (name.find('/') != std::string_view::npos) {
    std::error_code failure;
    const fs::path path = fs::absolute(name, failure).lexically_normal();
    if (!failure && is_this_program(path)) return path.string();
  } else if (const char* search = std::getenv("PATH"); search != nullptr && !name.empty()) {
    std::string_view rest = search;
    while (!rest.empty()) {
      const std::string_view folder = rest.substr(0, rest.find(':'));
      const fs::path path = fs::path(folder) / name;
      if (path.is_absolute() && is_this_program(path)) return path.string();
      rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
    }
  }
  return running_program();
}

std::string resolve_program(const std::string& path) {
  std::error_code failure;
  const fs::path resolved = fs::canonical(path, failure);
  if (!failure && ::access(resolved.c_str(), X_OK) == 0) return resolved.string();
  return running_program();
}

}  // namespace laraman::supervisor
