// TLS, server side, over OpenSSL: 1.2 and 1.3, certificates chosen by the name that the client asks for (SNI),
// resumption by tickets, ALPN "h2" and "http/1.1". The process ignores SIGPIPE.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/byte_sink.h"

namespace laraman::net {

// PEM files: the certificate with those of its issuers behind it, and its key, which has no passphrase.
struct TlsFiles {
  std::string certificate;
  std::string key;
};

// The certificates of a server. Immutable; any thread.
class TlsContext {
 public:
  // The first is for clients that ask for no name, or for one that no certificate has. At least one.
  static Result<std::shared_ptr<const TlsContext>> load(std::span<const TlsFiles> files);

  // What a TlsSession works on. Null: no memory. It does not keep the context alive.
  SSL* make_session() const { return SSL_new(contexts_.front().get()); }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  using Context = std::unique_ptr<SSL_CTX, Free>;

  TlsContext() = default;
  static Result<Context> load(const TlsFiles& files);
  static int choose_certificate(SSL* ssl, int* alert, void* tls_context);

  std::vector<Context> contexts_;
};

// One connection's TLS, on a non-blocking socket that it does not own. The loop's thread only.
class TlsSession final : public ByteSink {
 public:
  static Result<std::unique_ptr<TlsSession>> accept(std::shared_ptr<const TlsContext> context, int fd);
  ~TlsSession();

  // Goes on with the handshake as far as it can now. True once it is done: before, nothing can be read or written.
  Result<bool> handshake();
  bool established() const { return established_; }
  // What both have agreed on by ALPN; empty if the client did not ask.
  std::string_view protocol() const;

  // Reads what is there: 0 if nothing is, or at the end.
  Result<std::size_t> read(std::span<char> buffer);
  // The peer will send no more.
  bool peer_ended() const { return peer_ended_; }
  // Bytes were read from the socket that read() has not given out yet.
  bool has_pending() const { return SSL_pending(ssl_) > 0; }
  // handshake() or read() stopped because the socket is full.
  bool wants_write() const { return wants_write_; }

  Result<std::size_t> write(std::string_view bytes) override;
  // Tells the peer that nothing more comes (close_notify), if the socket takes it.
  void end();

 private:
  TlsSession(std::shared_ptr<const TlsContext> context, SSL* ssl) : context_(std::move(context)), ssl_(ssl) {}

  std::shared_ptr<const TlsContext> context_;
  SSL* ssl_;
  bool begun_ = false;  // the first byte of the client is known to begin a handshake
  bool established_ = false;
  bool peer_ended_ = false;
  bool wants_write_ = false;
  bool broken_ = false;
};

}  // namespace laraman::net
