#include "http/static_root.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "http/syntax.h"

namespace laraman::http {
namespace {

constexpr int kOpenFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;  // a FIFO must not hold up the loop
constexpr std::string_view kStorageLink = "storage/";
constexpr std::array<std::string_view, 4> kSourceEndings = {".php", ".phtml", ".phar", ".phps"};

bool is_source(std::string_view name) {
  for (const std::string_view ending : kSourceEndings) {
    if (name.size() >= ending.size() && equals_ignoring_case(name.substr(name.size() - ending.size()), ending)) {
      return true;
    }
  }
  return false;
}

bool may_be_served(std::string_view segment) {
  if (segment.empty()) return false;
  if (segment.front() == '.' && segment != ".well-known") return false;  // "." and ".." too
  return !is_source(segment);
}

// On kernels before 5.6: the same without any symbolic link.
UniqueFd open_without_links(int directory, std::string_view path) {
  UniqueFd current;
  for (;;) {
    const std::size_t slash = path.find('/');
    const std::string segment(path.substr(0, slash));
    const bool last = slash == path.npos;
    const int flags = last ? kOpenFlags : O_PATH | O_DIRECTORY | O_CLOEXEC;
    UniqueFd next(::openat(current ? current.get() : directory, segment.c_str(), flags | O_NOFOLLOW));
    if (!next || last) return next;
    current = std::move(next);
    path.remove_prefix(slash + 1);
  }
}

// Opens `path` so that neither it nor any link on the way leaves `directory`.
UniqueFd open_beneath(int directory, const std::string& path) {
  open_how how{};
  how.flags = kOpenFlags;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const long fd = ::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how);
  if (fd >= 0) return UniqueFd(static_cast<int>(fd));
  if (errno == ENOSYS || errno == EPERM) return open_without_links(directory, path);
  return {};
}

Error not_found() { return {ErrorCode::kNotFound, "no such file", "", ""}; }

// No way out: a relative path without empty and dot segments.
bool is_plain(std::string_view path) {
  for (;;) {
    const std::size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    if (segment.empty() || segment == "." || segment == ".." || segment.find('\0') != segment.npos) return false;
    if (slash == path.npos) return true;
    path.remove_prefix(slash + 1);
  }
}

Result<StaticFile> describe(UniqueFd fd, std::string_view path) {
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return not_found();
  StaticFile file;
  file.name = path.substr(path.rfind('/') + 1);
  file.size = static_cast<std::uint64_t>(status.st_size);
  file.last_modified = status.st_mtim.tv_sec;
  file.etag = fmt::format("\"{:x}-{:x}{:08x}\"", status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
  file.file = std::make_shared<const UniqueFd>(std::move(fd));
  return file;
}

}  // namespace

Result<StaticFile> describe_static_file(UniqueFd file) { return describe(std::move(file), ""); }

std::string resolve_static_path(std::string_view path) {
  if (!path.starts_with('/')) return {};
  std::string resolved;
  for (std::string_view rest = path.substr(1);;) {
    const std::size_t slash = rest.find('/');
    const auto segment = percent_decode(rest.substr(0, slash));
    if (!segment || !may_be_served(*segment) || segment->find('/') != segment->npos ||
        segment->find('\0') != segment->npos) {
      return {};
    }
    resolved.append(*segment);
    if (slash == rest.npos) return resolved;
    resolved.push_back('/');
    rest.remove_prefix(slash + 1);
  }
}

Result<StaticRoot> StaticRoot::open(const std::string& directory) {
  UniqueFd fd(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return system_error("open", directory, errno);
  return StaticRoot(std::move(fd));
}

Result<StaticFile> StaticRoot::open_file(const std::string& relative) const {
  if (!is_plain(relative)) return not_found();
  if (!relative.starts_with(kStorageLink)) return describe(open_beneath(directory_.get(), relative), relative);
  const UniqueFd storage(::openat(directory_.get(), "storage", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!storage) return not_found();
  return describe(open_beneath(storage.get(), relative.substr(kStorageLink.size())), relative);
}

bool StaticRoot::is_elsewhere(const std::string& directory) const {
  struct stat now {};
  struct stat own {};
  if (::stat(directory.c_str(), &now) != 0 || ::fstat(directory_.get(), &own) != 0) return false;
  return now.st_dev != own.st_dev || now.st_ino != own.st_ino;
}

}  // namespace laraman::http
