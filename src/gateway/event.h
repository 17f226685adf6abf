// Event: what happened at a client connection, on its way to a business.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "gateway/connection_id.h"
#include "gateway/handshake_request.h"
#include "gateway/message.h"
#include "net/shared_bytes.h"

namespace laraman::gateway {

class Shard;

// What the gateway knows of a connection. Immutable: a change makes a new one, so that events carry a reference to the
// state at their moment without copying it.
struct ConnectionInfo {
  HandshakeRequest request;
  std::string user;  // empty: none
  std::string session;
  std::vector<std::pair<std::string, std::string>> meta;  // names and values, set by the handshake's answer
  std::string login;  // key of the log-in that the handshake came with, a hash; in no event, list or log; empty: none
};

// Gives `info` the meta value of that name; an empty value removes the name.
void set_meta(ConnectionInfo& info, std::string_view name, std::string_view value);

struct Event {
  enum class Kind : std::uint8_t { kOpen, kClose, kMessage, kJoin, kLeave };
  static constexpr std::size_t kKinds = 5;

  Kind kind = Kind::kMessage;
  bool confirm = false;          // of a message: Shard::confirm_events() is to be called once it waits no longer
  bool by_gateway = false;       // of a close: not the client closed it, so its messages that wait are dropped
  std::uint16_t close_code = 0;  // of a close: the client's, or that which it was sent; 1006 if there was none
  TimePoint received{};          // when its loop took it from the client
  ConnectionId connection{};
  std::shared_ptr<const ConnectionInfo> info{};
  std::shared_ptr<const std::vector<std::string>> channels{};  // of the connection, in the order of joining; null: none
  Message message{};                                           // what the client has sent; only of a message
  // A close's reason; the sub-protocols that the client offers at an open: "a, b"; the channel that was joined or left.
  net::SharedBytes data{};

  // The message's payload, or `data`.
  std::string_view text() const { return kind == Kind::kMessage ? message.payload() : data.view(); }
};

// A set of kinds of events.
class EventKinds {
 public:
  constexpr EventKinds() = default;
  constexpr EventKinds(std::initializer_list<Event::Kind> kinds) {
    for (const Event::Kind kind : kinds) bits_ |= bit(kind);
  }

  constexpr bool contain(Event::Kind kind) const { return (bits_ & bit(kind)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr EventKinds operator|(EventKinds other) const { return from(bits_ | other.bits_); }
  constexpr EventKinds operator-(EventKinds other) const { return from(bits_ & ~other.bits_); }
  constexpr EventKinds& operator|=(EventKinds other) { return *this = *this | other; }
  constexpr bool operator==(const EventKinds&) const = default;

 private:
  static constexpr unsigned bit(Event::Kind kind) { return 1U << static_cast<unsigned>(kind); }
  static constexpr EventKinds from(unsigned bits) {
    EventKinds kinds;
    kinds.bits_ = static_cast<std::uint8_t>(bits);
    return kinds;
  }

  std::uint8_t bits_ = 0;
};

// "message,join"
std::string to_string(EventKinds kinds);

// Takes the events of a shard, on its thread.
class EventSink {
 public:
  virtual void on_event(Shard& shard, Event&& event) = 0;

 protected:
  ~EventSink() = default;
};

}  // namespace laraman::gateway
