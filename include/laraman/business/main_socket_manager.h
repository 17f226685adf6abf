// MainSocketManager: registers a business with every gateway and keeps it registered; hands the events to an
// EventHandler.
//
// Each gateway has a thread that keeps its main socket: it connects, registers, beats, and after a failure starts over,
// with growing pauses. Handler threads call the handler. An event is acknowledged when the handler has returned, and
// all events before it on that link are finished; a gateway hands over at most Options::window events unacknowledged.
//
// When a link breaks, its gateway counts the events that it has not seen acknowledged as lost and repeats none. So
// here: those not begun are dropped, and what the handler still tells that gateway about one that it is in fails.
//
//   auto tasks = TaskSocketManager::create({{.worker = "127.0.0.1:6061", .task = "127.0.0.1:6062"}});
//   ChatHandler handler;
//   MainSocketManager business(handler, **tasks);
//   business.start();
//   … until it is to end …
//   business.stop();
//   (*tasks)->close();
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "laraman/base/clock.h"
#include "laraman/base/result.h"
#include "laraman/business/event_handler.h"
#include "laraman/business/task_socket_manager.h"

namespace laraman::business {

struct MainSocketOptions {
  std::uint8_t events = 7;  // mask of Event::Kind: which the gateways are to send
  unsigned handler_threads = 4;
  std::uint32_t window = 64;  // most events that one gateway hands over unacknowledged; at least 1
  bool wants_meta = false;    // path and meta with each event
  bool lean = false;          // no session and channels with messages
  std::string library = "laraman/0.1";
  Duration heartbeat = std::chrono::seconds(25);     // must be below the gateway's limit of silence (netsvr: 120 s)
  std::string heartbeat_text = "~6YOt5rW35piO~";     // as the gateway is configured
  Duration timeout = std::chrono::seconds(5);        // of connecting, of registering, of a handler's query
  Duration send_timeout = std::chrono::seconds(10);  // a gateway that reads nothing for so long has failed
  Duration first_pause = std::chrono::milliseconds(100);  // before connecting again; doubles, with some chance in it
  Duration longest_pause = std::chrono::seconds(10);
  // Is told what goes wrong, from any thread: a link that fails (once, until it is there again), an exception of the
  // handler. Null: it is logged to standard error.
  std::function<void(const Error&)> on_problem{};
};

class MainSocketManager {
 public:
  struct Counters {
    std::uint64_t handled = 0;         // the handler returned, or threw
    std::uint64_t exceptions = 0;      // of the handler
    std::uint64_t dropped = 0;         // events not begun when their link broke, or when stop() was out of time
    std::uint64_t unacknowledged = 0;  // handled, but the link broke before their acknowledgement was sent
    std::uint64_t registrations = 0;
  };

  // Takes gateways, secret and limits of commands from `tasks`, which outlives it, as `handler` does. Each gateway must
  // have a worker address.
  MainSocketManager(EventHandler& handler, TaskSocketManager& tasks, MainSocketOptions options = {});
  MainSocketManager(const MainSocketManager&) = delete;
  MainSocketManager& operator=(const MainSocketManager&) = delete;
  ~MainSocketManager();  // stops

  // Begins to connect; events may come from now on. Once.
  void start();
  // Waits until every gateway has accepted the registration. kTimeout names those that have not, and why; they are
  // still tried.
  Result<void> wait_registered(Duration timeout);
  // Unregisters everywhere, lets the handler finish what was handed over, up to `longest`, and ends all threads. What
  // is not begun by then is dropped; a handler that is in an event is waited for. kTimeout: something was dropped. Not
  // from a handler.
  Result<void> stop(Duration longest = std::chrono::seconds(10));

  // Gateways at which this business is registered now.
  std::size_t registered() const;
  Counters counters() const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace laraman::business
