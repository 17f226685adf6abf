// ByteStream: bytes to and from one peer, in order, as a connection of the gateway needs them: a socket (Stream), or a
// part of one that several share.
//
// For the loop's thread only. Inside a handler's callback everything may be called, close() included.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"
#include "net/shared_bytes.h"

namespace laraman::net {

class ByteStream {
 public:
  class Handler {
   public:
    // Bytes arrived, at most EventLoop::kReadBufferSize. Returns how many were consumed; the rest is kept and comes
    // again, with more behind it. A handler that consumes nothing of a full buffer and neither pauses reading nor hands
    // the stream over to another handler loses its connection. The bytes may be changed in place.
    virtual std::size_t on_data(std::span<char> bytes) = 0;
    // A descriptor arrived, before the bytes that it was sent with; only after Stream::take_files().
    virtual void on_file(UniqueFd) {}
    // The peer will send no more. While reading is paused, bytes may still be to come: they do after resume_reading(),
    // and then on_peer_end() again; otherwise on_data is not called after it.
    virtual void on_peer_end() = 0;
    // All that was written has left. Comes at a turn's end or later, never from within write().
    virtual void on_drained() {}
    // The connection broke (`error`), or close() was called (nullptr). Comes once, last, from the end of a turn: the
    // handler may destroy the stream and itself in it.
    virtual void on_closed(const Error* error) = 0;

   protected:
    ~Handler() = default;
  };

  // Closes without a word to the handler.
  virtual ~ByteStream() = default;

  // From now on `handler` gets the callbacks; what the former one left unconsumed comes to it at the turn's end. It
  // outlives the stream or is replaced.
  virtual void set_handler(Handler& handler) = 0;

  virtual void write(std::string_view bytes) = 0;
  virtual void write(const SharedBytes& bytes) = 0;
  // Bytes written that have not left yet, or at the end were lost.
  virtual std::uint64_t unsent() const = 0;
  // From now on its writes leave in turn with those of all streams that do: with very many to send to, not at the end
  // of this turn of the loop but some turns later, together with what is written until then.
  virtual void take_turns() = 0;

  // Stops and goes on reading: back-pressure to the peer. on_peer_end may still come while paused.
  virtual void pause_reading() = 0;
  virtual void resume_reading() = 0;

  // Closes now; what is unsent is lost.
  virtual void close() = 0;
  // Closes once all is sent and the peer could read it. Nothing is read from now on; call close() after a time of your
  // own.
  virtual void close_when_sent() = 0;
  virtual bool closed() const = 0;
};

}  // namespace laraman::net
