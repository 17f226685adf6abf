// Certificates: the certificates of the public port, and whether their files have changed since.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "net/tls.h"

namespace laraman::server {

// PEM files of the public port.
struct CertificateOptions {
  std::vector<std::string> certificates;  // each with its chain; the first is the default. None: the port has no TLS
  std::vector<std::string> keys;          // of each, in the same order; none: they are in the certificates' files
};

class Certificates {
 public:
  explicit Certificates(CertificateOptions options) : options_(std::move(options)) {}

  bool configured() const { return !options_.certificates.empty() || !options_.keys.empty(); }

  // Reads the files. kInvalid if not each certificate has its key. On failure context() stays what it was.
  Result<void> load();
  // Whether any file is another one, or has other content, than at the last load(), good or bad.
  bool changed() const { return versions_ != versions(); }

  const std::shared_ptr<const net::TlsContext>& context() const { return context_; }

 private:
  using Versions = std::vector<std::int64_t>;
  std::vector<net::TlsFiles> files() const;
  Versions versions() const;

  const CertificateOptions options_;
  Versions versions_;
  std::shared_ptr<const net::TlsContext> context_;
};

}  // namespace laraman::server
