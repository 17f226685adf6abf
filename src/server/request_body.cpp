#include "server/request_body.h"

#include <unistd.h>

#include <cerrno>

#include "base/try.h"
#include "server/unnamed_file.h"

namespace laraman::server {
Result<void> RequestBody::append(std::string_view piece) {
  size_ += piece.size();
  if (!file_) {
    if (bytes_.size() + piece.size() <= kMaxInMemory) {
      bytes_.append(piece);
      return {};
    }
    ASSIGN_OR_RETURN(UniqueFd file, open_unnamed_file(std::string(directory_)));
    file_ = std::make_shared<UniqueFd>(std::move(file));
    RETURN_IF_ERROR(write(bytes_));
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
