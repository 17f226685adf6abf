#include "server/named_files.h"

#include <cstdlib>

#include "http/syntax.h"

namespace laraman::server {
namespace {

std::string with_slash(std::string text) {
  if (!text.ends_with('/')) text.push_back('/');
  return text;
}

std::string without_links(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
  return real ? real.get() : path;
}

Error not_configured(std::string_view name) {
  return {ErrorCode::kInvalid, "below none of the directories whose files may be named", std::string(name),
          "name its directory in sendfile"};
}

}  // namespace

Result<std::shared_ptr<const NamedFiles>> NamedFiles::open(std::span<const FileLocation> locations) {
  std::shared_ptr<NamedFiles> files(new NamedFiles());
  for (const FileLocation& location : locations) {
    Result<http::StaticRoot> root = http::StaticRoot::open(location.directory);
    if (!root && location.may_be_missing) continue;
    if (!root) return std::move(root.error());
    files->locations_.push_back({location.name.empty() ? "" : with_slash(location.name),
                                 {with_slash(location.directory), with_slash(without_links(location.directory))},
                                 std::move(*root)});
  }
  return std::shared_ptr<const NamedFiles>(std::move(files));
}

Result<http::StaticFile> NamedFiles::open_path(std::string_view path) const {
  for (const Location& location : locations_) {
    for (const std::string& directory : location.paths) {
      if (path.starts_with(directory)) return location.root.open_file(std::string(path.substr(directory.size())));
    }
  }
  return not_configured(path);
}

// As a URI (Symfony escapes the slashes too). Its query is of no use to a file.
Result<http::StaticFile> NamedFiles::open_location(std::string_view uri) const {
  const std::optional<std::string> path = http::percent_decode(uri.substr(0, uri.find('?')));
  if (!path) return not_configured(uri);
  for (const Location& location : locations_) {
    if (location.name.empty() || !path->starts_with(location.name)) continue;
    return location.root.open_file(path->substr(location.name.size()));
  }
  return not_configured(uri);
}

}  // namespace laraman::server
