// Transport: how messages travel to and from one client, a WebSocket on a byte stream for example. It tells its
// connection what the client does (Connection, "for its transport").
//
// For the loop's thread only.
#pragma once

#include <cstdint>
#include <string_view>

#include "gateway/message.h"
#include "net/shared_bytes.h"

namespace laraman::gateway {

class Connection;
struct Close;

class Transport {
 public:
  // Closes without a word to the connection.
  virtual ~Transport() = default;

  // Begins to read for `connection`, which owns it.
  virtual void begin(Connection& connection) = 0;

  // The bytes of `message` for a client with this encoding. They are valid until the next call, and as long as the
  // message. What is encoded is written next, or never.
  virtual const net::SharedBytes& encode(const Message& message, const MessageEncoding& encoding) = 0;
  virtual void write(const net::SharedBytes& bytes) = 0;
  // Bytes written that have not left yet, or at the end were lost.
  virtual std::uint64_t unsent() const = 0;

  // Asks the client for a sign of life.
  virtual void ping() = 0;
  // Says why, and goes on reading until the client has closed too: Connection::on_gone() comes then, or after abort().
  virtual void close(const Close& close) = 0;
  // Ends at once.
  virtual void abort() = 0;

  // Stops and goes on handing messages over: no message follows the one that is being handed over.
  virtual void pause_reading() = 0;
  virtual void resume_reading() = 0;
};

}  // namespace laraman::gateway
