// A business of fleet_test: fleet_business WORKER TASK [WORKER TASK …]. Joins, echoes and publishes as messages ask.
#include <signal.h>

#include <iostream>

#include "laraman/business/main_socket_manager.h"

using namespace laraman::business;

namespace {

class Fleet final : public EventHandler {
 public:
  // "<client> <number> join <channel>", "<client> <number> echo", "<client> <number> publish": each is answered with
  // the message itself, the last by way of the client's channel.
  void on_message(NetBus& bus, const Event& event) override {
    Outcome outcome;
    if (const std::size_t at = event.data.find(" join "); at != std::string::npos) {
      outcome = bus.join(event.connection, {event.data.substr(at + 6)}, event.data);
    } else if (event.data.ends_with(" echo")) {
      outcome = bus.send(event.connection, event.data);
    } else {
      outcome = bus.publish(event.channels.at(0), event.data);
    }
    if (!outcome.ok()) std::cerr << "failed: " << outcome.message() << '\n';
  }
};

}  // namespace

int main(int argc, char** argv) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::vector<GatewayAddress> gateways;
  for (int i = 1; i + 1 < argc; i += 2) gateways.push_back({.worker = argv[i], .task = argv[i + 1]});
  auto tasks = TaskSocketManager::create(gateways);
  if (!tasks) {
    std::cerr << tasks.error().message() << '\n';
    return 2;
  }
  Fleet fleet;
  // One handler thread, so that an event's commands and its acknowledgement always leave in one write, and the books
  // are exact: each message is either answered or reported.
  MainSocketManager business(fleet, **tasks, {.events = 4, .handler_threads = 1, .window = 16});
  business.start();
  if (business.wait_registered(std::chrono::seconds(20)).ok()) std::cerr << "registered\n";
  int signal = 0;
  sigwait(&signals, &signal);
  return business.stop().ok() ? 0 : 1;
}
