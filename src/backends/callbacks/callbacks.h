// Callbacks: asks an HTTP server of the application whether a client may have its WebSocket, and tells it of those that
// closed, as netsvr does (docs/how-to/netsvr-callbacks.md). For a gateway that serves no PHP application.
//
// For the loop's thread only.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "backends/callbacks/http_client.h"
#include "base/clock.h"
#include "base/log_limiter.h"
#include "base/result.h"
#include "gateway/gateway.h"

namespace laraman::backends::callbacks {

struct CallbackOptions {
  std::string open_url;   // http: or https:; empty: every client is admitted
  std::string close_url;  // empty: no close is reported
  Duration timeout = std::chrono::seconds(5);
  gateway::MessageType message_type = gateway::MessageType::kText;  // of data that does not say it
  HttpClientLimits limits;
};

struct CallbackAnswer {
  bool allowed = false;
  gateway::ConnectionInfo info;            // allowed: user and session are set
  std::vector<std::string> channels;       // allowed: to join
  std::vector<gateway::Message> messages;  // to be sent first, also to a client that is refused
  gateway::Close close;                    // refused: 1008, or 1011 if there was no proper answer
};

class Callbacks {
 public:
  using OnAnswer = std::function<void(CallbackAnswer)>;

  // The first call must come before other threads start.
  static Result<std::unique_ptr<Callbacks>> create(net::EventLoop& loop, CallbackOptions options);

  bool asks_at_open() const { return !options_.open_url.empty(); }
  bool tells_of_close() const { return !options_.close_url.empty(); }

  // `on_answer` is called once, from a later turn.
  void ask(const gateway::ConnectionId& id, const gateway::ConnectionInfo& info, OnAnswer on_answer);
  // `done` is called once, from a later turn, when the server has answered, whatever it said, or failed to.
  void tell_closed(const gateway::Event& event, std::function<void()> done);

  // Those whose answer has not come yet.
  std::size_t pending() const { return http_->pending(); }

 private:
  Callbacks(net::EventLoop& loop, CallbackOptions options) : loop_(loop), options_(std::move(options)) {}
  void log_failure(const char* callback, const gateway::ConnectionId& id, const std::string& why);

  net::EventLoop& loop_;
  const CallbackOptions options_;
  std::unique_ptr<HttpClient> http_;
  LogLimiter failures_;
};

// The answer that a complete response means.
CallbackAnswer read_callback_answer(const HttpClient::Response& response, gateway::MessageType message_type,
                                    std::string& problem);

// Passes the gateway's events on, closes only after their callback.
class CallbackEvents final : public gateway::EventSink {
 public:
  // `callbacks`: by the index of the loop. All outlive this.
  CallbackEvents(std::vector<Callbacks*> callbacks, gateway::EventSink& next)
      : callbacks_(std::move(callbacks)), next_(next) {}
  void on_event(gateway::Shard& shard, gateway::Event&& event) override;

 private:
  std::vector<Callbacks*> callbacks_;
  gateway::EventSink& next_;
};

}  // namespace laraman::backends::callbacks
