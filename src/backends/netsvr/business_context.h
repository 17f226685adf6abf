// BusinessContext: what the business connections of one server share.
//
// For the thread of loop 0 only.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "backends/netsvr/event_encoder.h"
#include "backends/netsvr/metrics.h"
#include "backends/netsvr/one_way_commands.h"
#include "base/clock.h"
#include "base/scoreboard.h"
#include "dispatch/dispatch.h"
#include "gateway/gateway.h"
#include "net/network.h"
#include "wire/netsvr_frame.h"

namespace laraman::backends::netsvr {

class BusinessConnection;
class Link;

struct BusinessServerOptions {
  std::size_t max_frame_bytes = wire::netsvr::kDefaultFrameLimit;  // from a business; a longer one ends its connection
  std::size_t max_reply_bytes = wire::netsvr::kMaxReplyBytes;      // a query with a longer reply is refused
  std::string heartbeat{wire::netsvr::kDefaultHeartbeat};          // the text of a business's heartbeat
  // What a business on TCP must say before anything else, in an Authenticate command; empty: nothing. And from where it
  // may come; no networks: from everywhere. Who may open a Unix socket is the file system's matter.
  std::string secret{};
  net::Networks allowed{};
  // What businesses on TCP speak, 3 to 6. 4 to 6 are told apart by the registration, or here: 5 and less is the layout
  // of ConnOpen for all that do not name their library. 3 has other command ids.
  unsigned protocol = 6;
  gateway::MessageType message_type = gateway::MessageType::kText;  // of what a business sends without saying it
  // A business on TCP that sends no whole frame for so long is disconnected; 0: never. A Unix socket tells by itself.
  Duration read_timeout = std::chrono::seconds(120);
  // Libraries that do not name themselves lose events that follow the answer to their registration at once.
  Duration first_event_delay = std::chrono::milliseconds(200);
  // Towards a business; above it, its events wait in the dispatcher, and at last reading from clients stops.
  std::uint64_t max_unsent_event_bytes = 8 << 20;
  std::optional<std::uint32_t> metrics_items{};  // that the Metrics command answers: bit n is item n; without it all
};

// The references and the scoreboard (null: there is none on this machine) outlive it.
struct BusinessContext {
  gateway::Gateway& gateway;
  dispatch::Dispatcher& dispatcher;
  const Scoreboard* scoreboard;  // of the workers
  const BusinessServerOptions options;
  OneWayCommands commands{gateway, gateway.shard(0), options.message_type};
  Metrics metrics{gateway, dispatcher, options.metrics_items.value_or(kAllMetricsItems)};
  EventEncoder encoder{};
  std::string frame{};                              // of the event that is being encoded
  absl::flat_hash_map<std::string, Link*> links{};  // the registered, by link id
  std::uint32_t last_link = 0;
  std::uint64_t refused = 0;
  bool protocol_3_named = false;  // a business that speaks it, to a gateway set for newer ones

  gateway::Shard& shard() { return gateway.shard(0); }
  net::EventLoop& loop() { return shard().loop(); }
  // Counts a business that was turned away; logs the first, and then ever fewer of them.
  void count_refused(std::string_view reason, const std::string& peer);
};

// Owns business connections.
class BusinessConnectionOwner {
 public:
  // The connection has ended; it is destroyed at the turn's end.
  virtual void forget(BusinessConnection& connection) = 0;

 protected:
  ~BusinessConnectionOwner() = default;
};

}  // namespace laraman::backends::netsvr
