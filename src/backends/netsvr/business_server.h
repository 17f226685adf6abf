// BusinessServer: the worker and task ports of the netsvr protocol, on top of a gateway. Every command is accepted on
// every port; a connection that registers becomes a link on which events go out.
//
// For the thread of loop 0 only, where the dispatcher lives; before that loop runs, for the thread that sets it up.
// Destroy it before the gateway, when no loop runs.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backends/netsvr/event_encoder.h"
#include "backends/netsvr/metrics.h"
#include "backends/netsvr/one_way_commands.h"
#include "base/result.h"
#include "base/scoreboard.h"
#include "base/unique_fd.h"
#include "dispatch/dispatch.h"
#include "gateway/gateway.h"
#include "net/listener.h"
#include "net/network.h"
#include "wire/netsvr_frame.h"

namespace laraman::backends::netsvr {

class BusinessConnection;

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
  std::uint32_t metrics_items = kAllMetricsItems;  // that the Metrics command answers
};

class BusinessServer {
 public:
  using Options = BusinessServerOptions;

  // `scoreboard`, if any, is that of the workers on this machine.
  BusinessServer(gateway::Gateway& gateway, dispatch::Dispatch& dispatch, const Scoreboard* scoreboard,
                 Options options = {});
  BusinessServer(const BusinessServer&) = delete;
  BusinessServer& operator=(const BusinessServer&) = delete;
  ~BusinessServer();

  // Serves the businesses that come to the listening socket `fd`, a Unix or TCP one. `heartbeat`: its text there;
  // empty: that of the options.
  Result<void> listen(UniqueFd fd, const std::string& heartbeat = {});

  // Connections that came from elsewhere than allowed, or did not say the secret.
  std::uint64_t refused() const { return refused_; }
  // Connected businesses, registered or not.
  std::size_t connections() const { return connections_.size(); }
  const Metrics& metrics() const { return metrics_; }

 private:
  friend class BusinessConnection;

  void accept(UniqueFd fd, const std::string& heartbeat);
  // Counts a business that was turned away; logs the first, and then ever fewer of them.
  void count_refused(std::string_view reason, const std::string& peer);
  void forget(BusinessConnection& connection);
  void sweep();

  gateway::Gateway& gateway_;
  dispatch::Dispatcher& dispatcher_;
  const Scoreboard* scoreboard_;
  const Options options_;
  OneWayCommands commands_;
  Metrics metrics_;
  EventEncoder encoder_;
  std::string frame_;  // of the event that is being encoded
  absl::flat_hash_map<BusinessConnection*, std::shared_ptr<BusinessConnection>> connections_;
  absl::flat_hash_map<std::string, BusinessConnection*> links_;  // the registered, by link id
  std::uint32_t last_link_ = 0;
  std::uint64_t refused_ = 0;
  bool protocol_3_named_ = false;  // a business that speaks it, to a gateway set for newer ones
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  net::Timer sweep_timer_;
};

}  // namespace laraman::backends::netsvr
