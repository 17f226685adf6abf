// RequestBody: a request's body as it arrives: in memory while it is small, in an unnamed temporary file above that, so
// that a slow or large upload occupies neither memory nor a PHP worker.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace laraman::server {

class RequestBody {
 public:
  static constexpr std::size_t kMaxInMemory = 64 * 1024;

  // `directory`: where the temporary file goes.
  explicit RequestBody(std::string_view directory) : directory_(directory) {}

  Result<void> append(std::string_view piece);
  std::uint64_t size() const { return size_; }

  // What was gathered: the bytes, or the file (then the bytes are empty).
  std::string take_bytes() { return std::move(bytes_); }
  std::shared_ptr<const UniqueFd> take_file() { return std::move(file_); }

 private:
  Result<void> write(std::string_view bytes);

  std::string_view directory_;
  std::string bytes_;
  std::shared_ptr<const UniqueFd> file_;
  std::uint64_t size_ = 0;
};

}  // namespace laraman::server
