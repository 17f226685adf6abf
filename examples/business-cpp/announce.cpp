// Says something to everybody: what a program does that gets no events itself, such as a job or a tool. Any number of
// gateways may be named.
//
//   business-announce "back at six" 127.0.0.1:6062 10.0.0.2:6062
#include <iostream>

#include "laraman/business/net_bus.h"
#include "laraman/business/task_socket_manager.h"

using namespace laraman::business;

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: business-announce TEXT TASK-ADDRESS…\n";
    return 2;
  }
  std::vector<GatewayAddress> gateways;
  for (int i = 2; i < argc; ++i) gateways.push_back({.task = argv[i]});

  auto tasks = TaskSocketManager::create(gateways);
  if (!tasks) {
    std::cerr << tasks.error().message() << '\n';
    return 1;
  }
  NetBus bus(**tasks);
  const Outcome sent = bus.broadcast(text(argv[1]));
  const Answer<std::uint64_t> users = bus.count_users();
  if (!sent.ok()) std::cerr << "not sent everywhere: " << sent.message() << '\n';
  if (!users.ok()) std::cerr << "not counted everywhere: " << users.message() << '\n';
  std::cout << users.value << " users\n";
  return sent.ok() ? 0 : 1;
}
