// NamedFiles: the files that an application's answer names instead of having a body, for the gateway to send.
//
//   X-Sendfile: /srv/app/storage/app/report.pdf     a path, below one of the configured directories
//   X-Accel-Redirect: /reports/report.pdf           what nginx calls an internal location: below one of their names
//   X-Laraman-File: TOKEN keep /any/report.pdf      from our own worker, for a BinaryFileResponse: any path
//
// The last is only for who knows the token, which each request takes along as the FastCGI parameter LARAMAN_SENDFILE:
// an application that passes on the fields of somebody else's answer does not give its files away.
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

inline constexpr std::string_view kFileField = "X-Laraman-File";

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
  Result<http::StaticFile> open_own(std::string_view value) const;

  // The FastCGI parameter by which a worker may name files.
  void append_parameter(std::string& parameters) const;

 private:
  struct Location {
    std::string name;
    std::vector<std::string> paths;  // of the directory, each with a '/' at its end: as configured, and without links
    http::StaticRoot root;
  };

  NamedFiles() = default;

  std::string token_;
  std::vector<Location> locations_;
};

}  // namespace laraman::server
