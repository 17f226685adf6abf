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
#include "net/event_loop.h"
#include "net/output_queue.h"
#include "net/shared_bytes.h"
#include "net/tls.h"

namespace laraman::net {

class Stream final : private IoHandler, private TurnEndHandler {
 public:
  class Handler {
   public:
    // Bytes arrived. Returns how many were consumed; the rest (at most EventLoop::kReadBufferSize - 1 bytes) is kept
    // and comes again, with more behind it. The bytes may be changed in place.
    virtual std::size_t on_data(std::span<char> bytes) = 0;
    // The peer will send no more. After it, on_data is not called again.
    virtual void on_peer_end() = 0;
    // The kernel has taken all that was written. Comes at a turn's end or later, never from within write().
    virtual void on_drained() {}
    // The connection broke (`error`), or close() was called (nullptr). Comes once, last, from the end of a turn: the
    // handler may destroy the stream and itself in it.
    virtual void on_closed(const Error* error) = 0;

   protected:
    ~Handler() = default;
  };

  // Takes the connected, non-blocking socket `fd`. `handler` outlives the stream or is replaced by set_handler().
  // Reading begins at once. With `tls` it is the server's end of a TLS connection, whose handshake it makes by itself;
  // what is written before that is done leaves then, and how long it may take is the handler's business.
  static Result<std::unique_ptr<Stream>> open(EventLoop& loop, UniqueFd fd, Handler& handler,
                                              std::shared_ptr<const TlsContext> tls = nullptr);

  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  // Closes without a word to the handler.
  ~Stream();

  // From now on `handler` gets the callbacks; what the former one left unconsumed comes to it at the turn's end.
  void set_handler(Handler& handler);

  void write(std::string_view bytes);
  void write(const SharedBytes& bytes);
  void write_file(std::shared_ptr<const UniqueFd> file, std::uint64_t offset, std::uint64_t length);
  // Bytes written and not yet taken by the kernel.
  std::uint64_t unsent() const { return output_ ? output_->size() : 0; }
  // From now on its writes leave in turn with those of all streams that do: with very many to send to, not at the end
  // of this turn of the loop but some turns later, together with what is written until then.
  void take_turns() { takes_turns_ = true; }
  // Sends now what is queued, for those who cannot wait for the turn's end.
  void flush();

  // Stops and goes on reading: back-pressure to the peer. on_peer_end may still come while paused.
  void pause_reading();
  void resume_reading();
  bool reading_paused() const { return paused_; }

  // Closes now; what is unsent is lost.
  void close();
  // Closes once all is sent: first for sending only, then, when the peer has closed too or sent `kLingerBytes` more,
  // whole, so that the peer can read the last bytes. Nothing is read from now on; call close() after a time of your
  // own.
  void close_when_sent();
  bool closed() const { return !fd_; }

  EventLoop& loop() { return loop_; }
  int fd() const { return fd_.get(); }

 private:
  static constexpr std::size_t kLingerBytes = 256 * 1024;

  Stream(EventLoop& loop, UniqueFd fd, Handler& handler) : loop_(loop), handler_(&handler), fd_(std::move(fd)) {}

  void on_io(std::uint32_t events) override;
  void on_turn_end() override;
  void read_once();
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
  std::uint32_t interest_ = 0;
  std::unique_ptr<TlsSession> tls_;
  std::unique_ptr<OutputQueue> output_;      // only while something is unsent
  std::unique_ptr<std::string> unconsumed_;  // what on_data left over
  std::unique_ptr<Error> error_;             // why it broke
  std::uint32_t lingered_ = 0;               // bytes thrown away after close_when_sent()
  std::uint32_t waiting_ = 0;                // of the loop's waiting_bytes()
  // Bits, since there are as many streams as connections.
  bool paused_ : 1 = false;
  bool peer_ended_ : 1 = false;
  bool closing_ : 1 = false;        // close_when_sent() was called
  bool sending_ended_ : 1 = false;  // shutdown(SHUT_WR) done
  bool blocked_ : 1 = false;        // the kernel's buffer is full: wait for EPOLLOUT
  bool turn_end_wanted_ : 1 = false;
  bool takes_turns_ : 1 = false;
  bool ending_turn_ : 1 = false;  // inside on_turn_end()
  bool redeliver_ : 1 = false;    // give unconsumed_ to the handler at the turn's end
};

}  // namespace laraman::net
