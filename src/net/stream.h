// Stream: one connected stream socket (TCP or Unix) in an event loop, as it is or under TLS. Reads go through the
// loop's shared buffer and cost an idle connection nothing; writes of one turn leave in one system call at the turn's
// end.
//
// For the loop's thread only. Inside a handler's callback everything may be called, close() included.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"
#include "net/byte_stream.h"
#include "net/event_loop.h"
#include "net/output_queue.h"
#include "net/shared_bytes.h"
#include "net/tls.h"

namespace laraman::net {

class Stream final : public ByteStream, private IoHandler, private TurnEndHandler {
 public:
  // Takes the connected, non-blocking socket `fd`. `handler` outlives the stream or is replaced by set_handler().
  // Reading begins at once. With `tls` it is the server's end of a TLS connection, whose handshake it makes by itself;
  // what is written before that is done leaves then, and how long it may take is the handler's business.
  static Result<std::unique_ptr<Stream>> open(EventLoop& loop, UniqueFd fd, Handler& handler,
                                              std::shared_ptr<const TlsContext> tls = nullptr);

  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() override;

  void set_handler(Handler& handler) override;

  void write(std::string_view bytes) override;
  void write(const SharedBytes& bytes) override;
  void write_file(std::shared_ptr<const UniqueFd> file, std::uint64_t offset, std::uint64_t length);
  // Bytes that the kernel has not taken.
  std::uint64_t unsent() const override { return output_ ? output_->size() : 0; }
  void take_turns() override { takes_turns_ = true; }
  // From now on the peer, of a Unix socket, may send descriptors: the handler's on_file().
  void take_files() { takes_files_ = true; }
  // Sends the queue now, before the turn's end.
  void flush();

  void pause_reading() override;
  void resume_reading() override;
  bool reading_paused() const { return paused_; }

  void close() override;
  // First for sending only, then, when the peer has closed too or sent `kLingerBytes` more, whole.
  void close_when_sent() override;
  bool closed() const override { return !fd_; }

  // What TLS has agreed on by ALPN, once bytes have come; empty without.
  std::string_view protocol() const { return tls_ ? tls_->protocol() : std::string_view(); }

  EventLoop& loop() { return loop_; }
  int fd() const { return fd_.get(); }

 private:
  // A client in the middle of a large message reads what it was told before only when it has sent the rest.
  static constexpr std::size_t kLingerBytes = 64 << 20;

  Stream(EventLoop& loop, UniqueFd fd, Handler& handler) : loop_(loop), handler_(&handler), fd_(std::move(fd)) {}

  void on_io(std::uint32_t events) override;
  void on_turn_end() override;
  void read_once();
  ssize_t receive(std::span<char> buffer);
  void read_tls();
  bool end_tls_handshake();
  void deliver(std::span<char> bytes);
  void deliver_unconsumed();
  void send_queued();
  void peer_ended();
  void fail(Error error);
  void update_interest();
  void want_turn_end();
  void want_sending();
  void count_waiting();
  OutputQueue& output();
  bool may_send() const { return !blocked_ && (!tls_ || tls_->established()); }

  EventLoop& loop_;
  Handler* handler_;
  UniqueFd fd_;
  std::uint16_t interest_ = 0;  // EPOLL*, those below 1 << 16
  // Bits, and beside the other small ones, since there are as many streams as connections.
  bool paused_ : 1 = false;
  bool peer_ended_ : 1 = false;     // the handler was told
  bool read_ended_ : 1 = false;     // and nothing is left to read
  bool closing_ : 1 = false;        // close_when_sent() was called
  bool sending_ended_ : 1 = false;  // shutdown(SHUT_WR) done
  bool blocked_ : 1 = false;        // the kernel's buffer is full: wait for EPOLLOUT
  bool turn_end_wanted_ : 1 = false;
  bool takes_turns_ : 1 = false;
  bool takes_files_ : 1 = false;
  bool ending_turn_ : 1 = false;  // inside on_turn_end()
  bool redeliver_ : 1 = false;    // give unconsumed_ to the handler at the turn's end
  std::unique_ptr<TlsSession> tls_;
  std::unique_ptr<OutputQueue> output_;      // only while something is unsent
  std::unique_ptr<std::string> unconsumed_;  // what on_data left over
  std::unique_ptr<Error> error_;             // why it broke
  std::uint32_t lingered_ = 0;               // bytes thrown away after close_when_sent()
  std::uint32_t waiting_ = 0;                // of the loop's waiting_bytes()
};

}  // namespace laraman::net
