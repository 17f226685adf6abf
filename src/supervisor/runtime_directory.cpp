#include "supervisor/runtime_directory.h"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace laraman::supervisor {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestName = std::string_view("/php-1000-1000000000.sock").size();

}  // namespace

std::string control_socket_path(const std::string& directory) { return directory + "/control.sock"; }
std::string worker_socket_path(const std::string& directory) { return directory + "/worker.sock"; }
std::string task_socket_path(const std::string& directory) { return directory + "/task.sock"; }

Result<std::string> make_runtime_directory(const std::string& directory) {
  std::error_code failure;
  fs::create_directories(fs::path(directory).parent_path(), failure);
  // The link of a server that was killed, to a release that is gone (link_runtime_directory()).
  if (fs::is_symlink(directory, failure) && !fs::exists(directory, failure)) fs::remove(directory, failure);
  if (::mkdir(directory.c_str(), 0750) != 0 && errno != EEXIST) {
    Error error = system_error("mkdir", directory, errno);
    error.hint = "choose another --runtime-dir";
    return error;
  }
  struct stat status {};
  const fs::path path = fs::canonical(directory, failure);
  if (failure || ::stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    return Error{ErrorCode::kInvalid, "not a directory", directory, "choose another --runtime-dir"};
  }
  if ((status.st_mode & S_IWOTH) != 0) {
    return Error{ErrorCode::kInvalid, "everybody may write into the runtime directory", directory,
                 "chmod o-w it, or choose another --runtime-dir"};
  }
  if (::access(path.c_str(), W_OK | X_OK) != 0) {
    Error error = system_error("access", directory, errno);
    error.hint = "start as its owner, or choose another --runtime-dir";
    return error;
  }
  if (path.native().size() + kLongestName >= sizeof(sockaddr_un::sun_path)) {
    return Error{ErrorCode::kInvalid, "the path is too long: that of a socket in it would have more than 107 bytes",
                 path.string(), "choose a shorter --runtime-dir, such as /run/laraman"};
  }
  return path.string();
}

Result<std::string> link_runtime_directory(const std::string& name, const std::string& directory) {
  std::error_code failure;
  if (fs::exists(name, failure)) return std::string();
  fs::create_directories(fs::path(name).parent_path(), failure);
  const fs::path parent = fs::canonical(fs::path(name).parent_path(), failure);
  if (failure) return system_error("mkdir", name, failure.value());
  const fs::path link = parent / fs::path(name).filename();
  if (fs::is_symlink(link, failure)) fs::remove(link, failure);
  if (::symlink(directory.c_str(), link.c_str()) != 0) return system_error("symlink", link.string(), errno);
  return link.string();
}

void remove_left_over_sockets(const std::string& directory) {
  std::error_code failure;
  for (fs::directory_iterator entry(directory, failure), end; !failure && entry != end; entry.increment(failure)) {
    const std::string name = entry->path().filename().string();
    std::error_code ignored;
    if (name.starts_with("php-") && name.ends_with(".sock")) fs::remove(entry->path(), ignored);
  }
}

}  // namespace laraman::supervisor
