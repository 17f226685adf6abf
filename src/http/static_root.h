// StaticRoot: a directory whose files may be served, and nothing else: no way out of it by dots, escapes or symbolic
// links. One exception: `public/storage`, the link that `php artisan storage:link` makes, may lead elsewhere; what is
// below it cannot leave the place that it leads to.
//
// Any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace laraman::http {

struct StaticFile {
  std::shared_ptr<const UniqueFd> file;
  std::string name;                // its last part, for the content type
  std::uint64_t size = 0;          // bytes
  std::int64_t last_modified = 0;  // unix seconds
  std::string etag;                // of size and time of modification, with its quotes
};

// The path of a file relative to a root: percent-escapes decoded, no dot segments, no NUL, no escaped '/', none of the
// names that are never served (dot files but .well-known; PHP source). Empty if `path` (of a request) is not such.
std::string resolve_static_path(std::string_view path);

// An open file, which has no name; kNotFound if it is no regular one.
Result<StaticFile> describe_static_file(UniqueFd file);

class StaticRoot {
 public:
  static Result<StaticRoot> open(const std::string& directory);

  // The regular file that a request's path names; kNotFound where there is none to be served.
  Result<StaticFile> find(std::string_view path) const { return open_file(resolve_static_path(path)); }
  // The regular file of that path relative to the root, without dot segments; kNotFound where there is none.
  Result<StaticFile> open_file(const std::string& relative) const;
  // Whether `directory`'s name leads to another place by now: a symbolic link that was changed.
  bool is_elsewhere(const std::string& directory) const;

 private:
  explicit StaticRoot(UniqueFd directory) : directory_(std::move(directory)) {}

  UniqueFd directory_;
};

}  // namespace laraman::http
