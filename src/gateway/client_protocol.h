// ClientProtocol: what the messages of one kind of client mean, how messages look to it, and what it hears.
//
// One object serves all connections that speak it, on all loops: it keeps no state of a connection. It is called on the
// thread of the connection's shard, and outlives the gateway.
#pragma once

#include <string_view>

#include "gateway/message.h"

namespace laraman::gateway {

class Connection;

class ClientProtocol : public MessageEncoding {
 public:
  // The client has sent a message. `payload` is valid during the call only.
  virtual void on_message(Connection& connection, MessageType type, std::string_view payload) const = 0;

  // The connection is open, and in the channels that it began with.
  virtual void on_open(Connection&) const {}
  // It is in the channel from now on, or is not any more; not when it closes.
  virtual void on_join(Connection&, std::string_view /*channel*/) const {}
  virtual void on_leave(Connection&, std::string_view /*channel*/) const {}
  // It has left all tables; nothing can be sent to it any more.
  virtual void on_close(Connection&) const {}

 protected:
  ~ClientProtocol() = default;
};

}  // namespace laraman::gateway
