// Certificates: the certificates of the public port, and whether their files have changed since.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "net/tls.h"

namespace laraman::server {

class Certificates {
 public:
  explicit Certificates(std::vector<net::TlsFiles> files) : files_(std::move(files)) {}

  bool configured() const { return !files_.empty(); }

  // Reads the files. On failure context() stays what it was.
  Result<void> load();
  // Whether any file is another one, or has other content, than at the last load(), good or bad.
  bool changed() const { return versions_ != versions(); }

  const std::shared_ptr<const net::TlsContext>& context() const { return context_; }

 private:
  using Versions = std::vector<std::int64_t>;
  Versions versions() const;

  std::vector<net::TlsFiles> files_;
  Versions versions_;
  std::shared_ptr<const net::TlsContext> context_;
};

}  // namespace laraman::server
