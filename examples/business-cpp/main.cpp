// A chat in C++: a gateway holds the WebSockets, this program says what becomes of their messages.
//
//   laraman gateway --port 8000 --netsvr-worker-listen 127.0.0.1:6061 --netsvr-task-listen 127.0.0.1:6062
//   business-chat 127.0.0.1:6061 127.0.0.1:6062
//
// A client sends lines: "/name Ada", "/join garden", "/who", "/leave"; anything else is said to its room.
#include <signal.h>

#include <iostream>
#include <string>

#include "laraman/business/main_socket_manager.h"

using namespace laraman::business;

class Chat final : public EventHandler {
 public:
  void on_open(NetBus& bus, const Event& event) override {
    bus.join(event.connection, {"lobby"}, "welcome to the lobby");
  }

  void on_message(NetBus& bus, const Event& event) override {
    const std::string name = event.user.empty() ? "somebody" : event.user;
    const std::string room = event.channels.empty() ? "" : event.channels.front();
    if (event.data.starts_with("/name ")) {
      bus.update(event.connection, {.user = event.data.substr(6)}, "you are " + event.data.substr(6));
    } else if (event.data.starts_with("/join ")) {
      bus.update(event.connection, {.channels = {event.data.substr(6)}}, "you are in " + event.data.substr(6));
    } else if (event.data == "/who") {
      who(bus, event.connection, room);
    } else if (event.data == "/leave") {
      bus.close(event.connection, {1000, "goodbye"}, "goodbye");
    } else {
      bus.publish(room, name + ": " + event.data);
    }
  }

  void on_close(NetBus& bus, const Event& event) override {
    if (event.user.empty()) return;
    bus.publish_to(event.channels, event.user + " has left");
  }

 private:
  static void who(NetBus& bus, const std::string& connection, const std::string& room) {
    const Answer<StringMap> users = bus.users_in({room});
    std::string list = "here:";
    for (const auto& [channel, names] : users.value) {
      for (const std::string& name : names) list += " " + name;
    }
    if (!users.ok()) list += " (not all gateways have answered)";
    bus.send(connection, list);
  }
};

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: business-chat WORKER-ADDRESS TASK-ADDRESS\n";
    return 2;
  }
  // Before the first thread: they inherit it, and only sigwait() below gets the signals.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  auto tasks = TaskSocketManager::create({{.worker = argv[1], .task = argv[2]}});
  if (!tasks) {
    std::cerr << tasks.error().message() << '\n';
    return 1;
  }
  Chat chat;
  MainSocketManager business(chat, **tasks);
  business.start();
  if (const auto registered = business.wait_registered(std::chrono::seconds(5)); !registered) {
    std::cerr << registered.error().message() << "; trying on\n";
  }
  int signal = 0;
  sigwait(&signals, &signal);
  return business.stop() ? 0 : 1;
}
