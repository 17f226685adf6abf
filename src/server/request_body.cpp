#include "server/request_body.h"

#include <unistd.h>

#include <cerrno>

#include "server/unnamed_file.h"

namespace laraman::server {
Result<void> RequestBody::append(std::string_view piece) {
  size_ += piece.size();
  if (!file_) {
    if (bytes_.size() + piece.size() <= kMaxInMemory) {
      bytes_.append(piece);
      return {};
    }
    Result<UniqueFd> file = open_unnamed_file(std::string(directory_));
    if (!file) return std::move(file.error());
    file_ = std::make_shared<UniqueFd>(std::move(*file));
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
