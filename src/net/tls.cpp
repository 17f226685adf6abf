#include "net/tls.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <optional>

#include "base/try.h"
#include "base/unique_fd.h"

namespace laraman::net {
namespace {

// TLS 1.2: ephemeral keys and authenticated encryption only. What 1.3 has is all good.
constexpr const char* kCiphersOf12 = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr std::string_view kAlpn("\x02h2\x08http/1.1", 12);  // in the order in which they are liked
constexpr std::string_view kSessionContext = "laraman";

// What OpenSSL has to say, and forgets.
Error tls_error(std::string what, std::string subject) {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  if (reason != nullptr) what.append(": ").append(reason);
  ERR_clear_error();
  return {ErrorCode::kInvalid, std::move(what), std::move(subject), ""};
}

int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                    unsigned offered_size, void*) {
  unsigned char* chosen = nullptr;
  const int found = SSL_select_next_proto(&chosen, out_size, reinterpret_cast<const unsigned char*>(kAlpn.data()),
                                          static_cast<unsigned>(kAlpn.size()), offered, offered_size);
  if (found != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;  // RFC 7301 section 3.2
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

// The first byte that a client has sent, which stays in the socket; nothing if none is there. In TLS it is 22, of a
// handshake record; a letter begins a request in the clear.
std::optional<char> first_byte(int fd) {
  char first = 0;
  if (::recv(fd, &first, 1, MSG_PEEK | MSG_DONTWAIT) != 1) return std::nullopt;
  return first;
}

// Answers such a request as far as the socket takes it at once, and reads what there is: a socket that is closed with
// bytes unread is reset, which takes the answer from the client.
void refuse_plain_http(int fd) {
  static constexpr std::string_view kAnswer =
      "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 63\r\n"
      "Connection: close\r\n\r\nThis port speaks TLS. Use an address that begins with https://\n";
  if (::send(fd, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) return;
  std::array<char, 16 * 1024> unread;
  if (::recv(fd, unread.data(), unread.size(), MSG_DONTWAIT) < 0) return;
  ::shutdown(fd, SHUT_WR);
}

int no_passphrase(char*, int, int, void*) { return 0; }

int chunk_of(std::size_t size) {
  return static_cast<int>(std::min<std::size_t>(size, static_cast<std::size_t>(std::numeric_limits<int>::max())));
}

}  // namespace

// ---- certificates

Result<std::shared_ptr<const TlsContext>> TlsContext::load(std::span<const TlsFiles> files) {
  std::shared_ptr<TlsContext> tls(new TlsContext());
  for (const TlsFiles& pair : files) {
    ASSIGN_OR_RETURN(Context context, load(pair));
    SSL_CTX_set_tlsext_servername_callback(context.get(), &TlsContext::choose_certificate);
    SSL_CTX_set_tlsext_servername_arg(context.get(), tls.get());
    tls->contexts_.push_back(std::move(context));
  }
  return std::shared_ptr<const TlsContext>(std::move(tls));
}

Result<TlsContext::Context> TlsContext::load(const TlsFiles& files) {
  for (const std::string& path : {files.certificate, files.key}) {
    if (const UniqueFd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)); !file) {
      Error error = system_error("open", path, errno);
      error.hint = "the TLS certificate and its key must be readable for the user of the server";
      return error;
    }
  }
  ERR_clear_error();
  Context context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* raw = context.get();
  if (raw == nullptr) return tls_error("TLS cannot be set up", "");
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  // Clients often end without a close_notify; requests and messages have their lengths, so nothing can be cut unseen.
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);  // tickets keep the sessions, at the clients
  SSL_CTX_set_session_id_context(raw, reinterpret_cast<const unsigned char*>(kSessionContext.data()),
                                 static_cast<unsigned>(kSessionContext.size()));
  SSL_CTX_set_alpn_select_cb(raw, &choose_protocol, nullptr);
  SSL_CTX_set_default_passwd_cb(raw, &no_passphrase);
  if (SSL_CTX_set_cipher_list(raw, kCiphersOf12) != 1) return tls_error("TLS cannot be set up", "");
  if (SSL_CTX_use_certificate_chain_file(raw, files.certificate.c_str()) != 1) {
    return tls_error("not a PEM certificate", files.certificate);
  }
  if (SSL_CTX_use_PrivateKey_file(raw, files.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(raw) != 1) {
    return tls_error("not the PEM key of " + files.certificate, files.key);
  }
  return context;
}

int TlsContext::choose_certificate(SSL* ssl, int*, void* tls_context) {
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (name == nullptr) return SSL_TLSEXT_ERR_NOACK;
  for (const Context& context : static_cast<TlsContext*>(tls_context)->contexts_) {
    X509* certificate = SSL_CTX_get0_certificate(context.get());
    if (X509_check_host(certificate, name, 0, 0, nullptr) != 1) continue;
    SSL_set_SSL_CTX(ssl, context.get());
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_NOACK;  // the first one: the client will complain if it minds
}

// ---- one connection

Result<std::unique_ptr<TlsSession>> TlsSession::accept(std::shared_ptr<const TlsContext> context, int fd) {
  ERR_clear_error();
  SSL* ssl = context->make_session();
  if (ssl == nullptr) return tls_error("TLS session", "");
  std::unique_ptr<TlsSession> session(new TlsSession(std::move(context), ssl));
  if (SSL_set_fd(ssl, fd) != 1) return tls_error("TLS session", "");
  SSL_set_accept_state(ssl);
  return session;
}

TlsSession::~TlsSession() { SSL_free(ssl_); }

Result<bool> TlsSession::handshake() {
  if (const std::optional<char> first = begun_ ? std::nullopt : first_byte(SSL_get_fd(ssl_))) {
    begun_ = true;
    if (*first >= 'A' && *first <= 'Z') {
      broken_ = true;
      refuse_plain_http(SSL_get_fd(ssl_));
      return Error{ErrorCode::kInvalid, "plain HTTP on the TLS port", "", ""};
    }
  }
  ERR_clear_error();
  wants_write_ = false;
  const int done = SSL_do_handshake(ssl_);
  if (done == 1) {
    established_ = true;
    return true;
  }
  switch (SSL_get_error(ssl_, done)) {
    case SSL_ERROR_WANT_READ: return false;
    case SSL_ERROR_WANT_WRITE: wants_write_ = true; return false;
    case SSL_ERROR_SYSCALL:
      broken_ = true;
      return Error{ErrorCode::kUnavailable, "the client left during the TLS handshake", "", ""};
    default: broken_ = true; return tls_error("TLS handshake", "");
  }
}

Result<std::size_t> TlsSession::read(std::span<char> buffer) {
  ERR_clear_error();
  wants_write_ = false;
  const int got = SSL_read(ssl_, buffer.data(), chunk_of(buffer.size()));
  if (got > 0) return static_cast<std::size_t>(got);
  const int error_number = errno;
  switch (SSL_get_error(ssl_, got)) {
    case SSL_ERROR_WANT_READ: return std::size_t{0};
    case SSL_ERROR_WANT_WRITE: wants_write_ = true; return std::size_t{0};
    case SSL_ERROR_ZERO_RETURN: peer_ended_ = true; return std::size_t{0};
    case SSL_ERROR_SYSCALL: broken_ = true; return system_error("read", "", error_number);
    default: broken_ = true; return tls_error("TLS", "");
  }
}

Result<std::size_t> TlsSession::write(std::string_view bytes) {
  ERR_clear_error();
  const int sent = SSL_write(ssl_, bytes.data(), chunk_of(bytes.size()));
  if (sent > 0) return static_cast<std::size_t>(sent);
  const int error_number = errno;
  switch (SSL_get_error(ssl_, sent)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return std::size_t{0};
    case SSL_ERROR_SYSCALL: broken_ = true; return system_error("send", "", error_number);
    default: broken_ = true; return tls_error("TLS", "");
  }
}

std::string_view TlsSession::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_, &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

void TlsSession::end() {
  if (!established_ || broken_) return;
  ERR_clear_error();
  SSL_shutdown(ssl_);
  ERR_clear_error();
}

}  // namespace laraman::net
