// Two gateways and three businesses, of which one after the other is killed at random while 1,000 clients echo and
// publish. No answer comes out of order or twice; each message is answered or reported lost; a publication that was
// answered has reached everybody; and queries over both gateways are right throughout.
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "../../unit/business/process.h"
#include "laraman/business/net_bus.h"
#include "laraman/business/task_socket_manager.h"
#include "temporary_directory.h"

namespace laraman::business {
namespace {

using namespace std::chrono_literals;

constexpr int kClients = 1000;
constexpr int kChannels = 40;  // of 25 clients, at both gateways
constexpr int kMessages = 16;  // of each client; every fourth is a publication
constexpr int kDeaths = 5;

// The sum of the counts of events lost.
int reported_in(const std::string& log) {
  const std::string line = "events lost with their business count=";
  int sum = 0;
  for (std::size_t at = log.find(line); at != std::string::npos; at = log.find(line, at + 1)) {
    sum += std::stoi(log.substr(at + line.size(), 10));
  }
  return sum;
}

class FleetTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }

  FleetTest() {
    for (int i = 0; i < 2; ++i) {
      gateways.emplace_back(
          LARAMAN_PROGRAM, folders[i].path(),
          std::vector<std::string>{"--netsvr-worker-listen", "127.0.0.1:0", "--netsvr-task-listen", "127.0.0.1:0"});
      const std::string log = gateways.back().process().log();
      addresses.push_back({.worker = tcp_address(log, "worker"), .task = tcp_address(log, "task")});
    }
    auto created = TaskSocketManager::create(addresses);
    EXPECT_TRUE(created.ok());
    tasks = std::move(*created);
    bus = std::make_unique<NetBus>(*tasks);
    for (int i = 0; i < 3; ++i) start_business(i);
  }

  // Where a gateway has its business port, by its log.
  static std::string tcp_address(const std::string& log, const std::string& port) {
    const std::string before = "port=" + port + " address=";
    const std::size_t at = log.find(before + "127.0.0.1:") + before.size();
    return log.substr(at, log.find_first_of(" \n", at) - at);
  }

  void start_business(int index) {
    std::vector<std::string> command{LARAMAN_FLEET_BUSINESS};
    for (const GatewayAddress& address : addresses) {
      command.push_back(address.worker);
      command.push_back(address.task);
    }
    const std::string log = folders[0] / ("business-" + std::to_string(++started) + ".log");
    businesses.insert_or_assign(index, std::make_unique<Process>(command, log));
  }

  void connect_clients() {
    for (int i = 0; i < kClients; ++i) {
      clients.push_back(gateways[static_cast<std::size_t>(gateway_of(i))].connect());
      last_answer.push_back(-1);
    }
  }

  // Not of the same parity as the channel.
  static int gateway_of(int client) { return (client / kChannels) % 2; }

  void send(int client, int number, const std::string& what) {
    clients[static_cast<std::size_t>(client)].send(std::to_string(client) + " " + std::to_string(number) + " " + what);
    ++sent;
  }

  // Reads what has come to every client.
  void read() {
    for (int client = 0; client < kClients; ++client) {
      for (const std::string& payload : clients[static_cast<std::size_t>(client)].payloads()) take(client, payload);
    }
  }
  void take(int client, const std::string& payload) {
    std::size_t after = 0;
    const int author = std::stoi(payload, &after);
    const int number = std::stoi(payload.substr(after));
    if (author == client) {
      ++answered;
      int& last = last_answer[static_cast<std::size_t>(client)];
      EXPECT_GT(number, last) << "out of order or twice at client " << client;
      last = number;
    }
    if (payload.ends_with(" publish")) {
      EXPECT_EQ(author % kChannels, client % kChannels);
      const bool first = receivers[std::make_pair(author, number)].insert(client).second;
      EXPECT_TRUE(first) << "twice: " << payload;
    }
  }

  int reported() const {
    int sum = 0;
    for (const GatewayProcess& gateway : gateways) sum += reported_in(gateway.process().log());
    return sum;
  }

  // Of the publications that have reached their author: those that have not reached their whole channel.
  std::size_t incomplete() const {
    return static_cast<std::size_t>(std::count_if(receivers.begin(), receivers.end(), [](const auto& entry) {
      const auto& [publication, reached] = entry;
      return reached.contains(publication.first) && reached.size() < kClients / kChannels;
    }));
  }

  // Reads until every message is answered or reported, and what was answered has come everywhere: each of the four
  // loops writes at its own time. At most 30 seconds.
  bool settle() {
    for (int i = 0; i < 600; ++i) {
      read();
      if (answered + reported() == sent && incomplete() == 0) return true;
      std::this_thread::sleep_for(50ms);
    }
    return false;
  }

  void expect_right_answers() {
    const Answer<std::uint64_t> count = bus->count_connections();
    EXPECT_TRUE(count.ok()) << count.message();
    EXPECT_EQ(count.value, static_cast<std::uint64_t>(kClients));
    const Answer<Counts> channels = bus->count_connections_in_all();
    EXPECT_TRUE(channels.ok()) << channels.message();
    EXPECT_THAT(channels.value, testing::SizeIs(kChannels));
    for (const auto& [channel, members] : channels.value) EXPECT_EQ(members, kClients / kChannels) << channel;
  }

  TemporaryDirectory folders[2];
  std::vector<GatewayProcess> gateways;
  std::vector<GatewayAddress> addresses;
  std::unique_ptr<TaskSocketManager> tasks;
  std::unique_ptr<NetBus> bus;
  std::map<int, std::unique_ptr<Process>> businesses;
  int started = 0;
  std::vector<RealClient> clients;
  std::vector<int> last_answer;
  int sent = 0;
  int answered = 0;
  std::map<std::pair<int, int>, std::set<int>> receivers;  // of each publication
};

TEST_F(FleetTest, LosesNothingUnnoticedWhenBusinessesDie) {
  for (const auto& [index, business] : businesses) ASSERT_TRUE(business->says("registered")) << business->log();
  connect_clients();
  for (int client = 0; client < kClients; ++client) send(client, 0, "join c" + std::to_string(client % kChannels));
  ASSERT_TRUE(settle());
  ASSERT_EQ(answered, kClients);
  expect_right_answers();

  std::mt19937 random(1);
  int deaths = 0;
  int published = 0;
  for (int number = 1; number <= kMessages; ++number) {
    for (int client = 0; client < kClients; ++client) {
      const bool publishes = (client + number) % 4 == 0;
      published += publishes ? 1 : 0;
      send(client, number, publishes ? "publish" : "echo");
      if (client % 100 == 0) read();
      if (client != kClients / 2 || number % 3 != 0 || deaths == kDeaths) continue;
      const int victim = static_cast<int>(random() % 3);
      EXPECT_EQ(businesses.at(victim)->end(SIGKILL), 128 + SIGKILL);
      ++deaths;
      start_business(victim);
    }
    expect_right_answers();
  }
  EXPECT_EQ(deaths, kDeaths);
  EXPECT_TRUE(settle()) << "incomplete publications: " << incomplete();
  EXPECT_EQ(sent, answered + reported());
  EXPECT_GT(answered, sent / 2);

  EXPECT_EQ(incomplete(), 0U);
  EXPECT_GT(receivers.size(), static_cast<std::size_t>(published / 2));
  expect_right_answers();
  for (const auto& [index, business] : businesses) EXPECT_EQ(business->end(SIGTERM), 0) << business->log();
}

}  // namespace
}  // namespace laraman::business
