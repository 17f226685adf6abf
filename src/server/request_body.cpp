#include "server/request_body.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace laraman::server {
namespace {

// A file without a name, -1 with errno set if there is none to be had.
int open_unnamed(const std::string& directory) {
  const int fd = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0 || errno != EOPNOTSUPP) return fd;
  std::string name = directory + "/laraman-body-XXXXXX";  // file systems that cannot do without a name
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) ::unlink(name.c_str());
  return named;
}

}  // namespace

Result<void> RequestBody::append(std::string_view piece) {
  size_ += piece.size();
  if (!file_) {
    if (bytes_.size() + piece.size() <= kMostInMemory) {
      bytes_.append(piece);
      return {};
    }
    const std::string directory(directory_);
    auto file = std::make_shared<UniqueFd>(open_unnamed(directory));
    if (!*file) return system_error("open", directory, errno);
    file_ = std::move(file);
    if (Result<void> written = write(bytes_); !written) return written;
    bytes_ = std::string();
  }
  return write(piece);
}

Result<void> RequestBody::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_->get(), bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return system_error("write", std::string(directory_), errno);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace laraman::server
