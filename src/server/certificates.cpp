#include "server/certificates.h"
#include "base/try.h"

#include <sys/stat.h>

#include <string>

namespace laraman::server {

Result<void> Certificates::load() {
  if (!options_.keys.empty() && options_.keys.size() != options_.certificates.size()) {
    return Error{ErrorCode::kInvalid, "each tls-certificate needs its tls-key, in the same order", "tls-key", ""};
  }
  versions_ = versions();  // first: what changes while they are read is noticed the next time
  ASSIGN_OR_RETURN(context_, net::TlsContext::load(files()));
  return {};
}

std::vector<net::TlsFiles> Certificates::files() const {
  std::vector<net::TlsFiles> files;
  for (std::size_t i = 0; i < options_.certificates.size(); ++i) {
    const std::string& certificate = options_.certificates[i];
    files.push_back({certificate, options_.keys.empty() ? certificate : options_.keys[i]});
  }
  return files;
}

Certificates::Versions Certificates::versions() const {
  Versions all;
  for (const net::TlsFiles& pair : files()) {
    for (const std::string& path : {pair.certificate, pair.key}) {
      struct stat info {};
      if (::stat(path.c_str(), &info) != 0) info = {};
      all.insert(all.end(), {static_cast<std::int64_t>(info.st_dev), static_cast<std::int64_t>(info.st_ino),
                             static_cast<std::int64_t>(info.st_size), static_cast<std::int64_t>(info.st_mtim.tv_sec),
                             static_cast<std::int64_t>(info.st_mtim.tv_nsec)});
    }
  }
  return all;
}

}  // namespace laraman::server
