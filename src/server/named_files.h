// NamedFiles: the files that an application's answer names instead of having a body, for the gateway to send.
//
//   X-Sendfile: /srv/app/storage/app/report.pdf     a path, below one of the configured directories
//   X-Accel-Redirect: /reports/report.pdf           what nginx calls an internal location: below one of their names
//
// Our own workers pass files open (backends::application::ResponseHandler::on_file).
//
// Immutable; any thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/static_root.h"

namespace laraman::server {

// A directory whose files may be named.
struct FileLocation {
  std::string name;  // "/reports/", for X-Accel-Redirect
  std::string directory;
  bool may_be_missing = false;
};

class NamedFiles {
 public:
  static Result<std::shared_ptr<const NamedFiles>> open(std::span<const FileLocation> locations);

  // kNotFound where there is no such regular file; another code where it must not be sent.
  Result<http::StaticFile> open_path(std::string_view path) const;
  Result<http::StaticFile> open_location(std::string_view uri) const;

 private:
  struct Location {
    std::string name;
    std::vector<std::string> paths;  // of the directory, each with a '/' at its end: as configured, and without links
    http::StaticRoot root;
  };

  NamedFiles() = default;

  std::vector<Location> locations_;
};

}  // namespace laraman::server
