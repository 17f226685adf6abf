// OpenSSL's client on a non-blocking socket, for tests that turn the server's loop by hand.
#pragma once

#include <openssl/ssl.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "base/unique_fd.h"

namespace laraman::net {

class TlsClient {
 public:
  TlsClient() : context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_mode(context_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_set_app_data(context_, this);
    SSL_CTX_sess_set_new_cb(context_, [](SSL* ssl, SSL_SESSION* session) {
      auto* client = static_cast<TlsClient*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
      SSL_SESSION_free(client->session_);
      client->session_ = session;
      return 1;
    });
  }
  ~TlsClient() {
    SSL_free(ssl_);
    SSL_SESSION_free(session_);
    SSL_CTX_free(context_);
  }
  SSL_CTX* context() { return context_; }
  SSL* ssl() { return ssl_; }

  void connect(UniqueFd fd, const char* name = nullptr) {
    SSL_free(ssl_);
    fd_ = std::move(fd);
    ssl_ = SSL_new(context_);
    if (name != nullptr) SSL_set_tlsext_host_name(ssl_, name);
    if (session_ != nullptr) SSL_set_session(ssl_, session_);
    SSL_set_fd(ssl_, fd_.get());
    SSL_set_connect_state(ssl_);
  }
  bool handshake() { return SSL_do_handshake(ssl_) == 1; }
  // As much as the socket takes.
  std::size_t write(std::string_view bytes) {
    const int sent = SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
  }
  std::string read() {
    std::string all;
    std::array<char, 32768> buffer;
    for (int got = 1; got > 0;) {
      got = SSL_read(ssl_, buffer.data(), static_cast<int>(buffer.size()));
      if (got > 0) all.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return all;
  }
  bool got_close_notify() const { return (SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN) != 0; }
  std::string peer_name() const {
    std::array<char, 256> name{};
    X509* certificate = SSL_get1_peer_certificate(ssl_);
    if (certificate == nullptr) return "";
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name.data(), name.size());
    X509_free(certificate);
    return name.data();
  }
  void hang_up() { fd_.reset(); }
  int fd() const { return fd_.get(); }

 private:
  SSL_CTX* context_;
  SSL* ssl_ = nullptr;
  SSL_SESSION* session_ = nullptr;
  UniqueFd fd_;
};

}  // namespace laraman::net
