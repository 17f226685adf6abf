#include "laraman/business/main_socket_manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include "fake_gateway.h"
#include "real_gateway.h"

namespace laraman::business {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using wire::netsvr::Command;

// What the test gives it to do with each event; writes down the events.
class Recorder final : public EventHandler {
 public:
  using Do = std::function<void(NetBus&, const Event&)>;
  explicit Recorder(Do what = [](NetBus&, const Event&) {}) : do_(std::move(what)) {}

  void on_open(NetBus& bus, const Event& event) override { note("open", bus, event); }
  void on_message(NetBus& bus, const Event& event) override { note("message", bus, event); }
  void on_close(NetBus& bus, const Event& event) override { note("close", bus, event); }

  std::vector<std::string> events_of(const std::string& connection) {
    const std::lock_guard lock(mutex_);
    return events_[connection];
  }
  std::set<std::thread::id> threads() {
    const std::lock_guard lock(mutex_);
    return threads_;
  }
  bool wait_for(std::size_t events) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 5s, [&] { return count_ >= events; });
  }

 private:
  void note(const char* kind, NetBus& bus, const Event& event) {
    {
      const std::lock_guard lock(mutex_);
      events_[event.connection].push_back(kind + (event.data.empty() ? "" : " " + event.data));
      threads_.insert(std::this_thread::get_id());
      ++count_;
      changed_.notify_all();
    }
    do_(bus, event);
  }

  const Do do_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::vector<std::string>> events_;
  std::set<std::thread::id> threads_;
  std::size_t count_ = 0;
};

void echo(NetBus& bus, const Event& event) {
  if (event.kind != Event::Kind::kMessage) return;
  EXPECT_TRUE(bus.send(event.connection, event.data).ok());
}

std::unique_ptr<TaskSocketManager> tasks_of(const std::vector<const RealGateway*>& gateways,
                                            const TaskSocketOptions& options = {}) {
  std::vector<GatewayAddress> addresses;
  for (const RealGateway* gateway : gateways) addresses.push_back({gateway->path(), gateway->path(), gateway->id()});
  auto created = TaskSocketManager::create(addresses, options);
  EXPECT_TRUE(created.ok());
  return std::move(*created);
}

// Until it holds; at most 5 seconds.
template <typename Condition>
bool eventually(const Condition& condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(5ms);
  }
  return false;
}

class MainSocketManagerTest : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Loops, MainSocketManagerTest, testing::Values(1, 4));

TEST_P(MainSocketManagerTest, HandsOverEveryEventOfSeveralGateways) {
  RealGateway first(GetParam(), 1);
  RealGateway second(GetParam(), 2);
  auto tasks = tasks_of({&first, &second});
  Recorder recorder(echo);
  MainSocketManager business(recorder, *tasks);
  business.start();
  ASSERT_TRUE(business.wait_registered(5s).ok());
  EXPECT_EQ(business.registered(), 2U);
  RealClient a = first.connect();
  RealClient b = second.connect();
  a.send("1");
  a.send("2");
  b.send("3");
  EXPECT_EQ(a.next().payload, "1");
  EXPECT_EQ(a.next().payload, "2");
  EXPECT_EQ(b.next().payload, "3");
  a.end();
  ASSERT_TRUE(recorder.wait_for(6));
  EXPECT_THAT(recorder.events_of(a.id()), ElementsAre("open", "message 1", "message 2", "close"));
  EXPECT_THAT(recorder.events_of(b.id()), ElementsAre("open", "message 3"));
  EXPECT_TRUE(business.stop().ok());
  EXPECT_EQ(business.counters().handled, 6U);
  EXPECT_EQ(first.counters().acknowledged, 4U);
  EXPECT_EQ(second.counters().acknowledged, 2U);
}

TEST_P(MainSocketManagerTest, KeepsEachConnectionInOrderOnSeveralThreads) {
  constexpr int kClients = 20, kMessages = 100;
  RealGateway gateway(GetParam());
  auto tasks = tasks_of({&gateway});
  Recorder recorder(echo);
  MainSocketManager business(recorder, *tasks, {.handler_threads = 4, .window = 16});
  business.start();
  ASSERT_TRUE(business.wait_registered(5s).ok());
  std::vector<RealClient> clients;
  for (int i = 0; i < kClients; ++i) clients.push_back(gateway.connect());
  for (int message = 0; message < kMessages; ++message) {
    for (RealClient& client : clients) client.send(std::to_string(message));
  }
  for (RealClient& client : clients) {
    for (int message = 0; message < kMessages; ++message) ASSERT_EQ(client.next().payload, std::to_string(message));
  }
  EXPECT_THAT(recorder.threads(), testing::SizeIs(testing::AllOf(testing::Gt(1U), testing::Le(4U))));
  EXPECT_TRUE(business.stop().ok());
  EXPECT_EQ(gateway.counters().acknowledged, static_cast<std::uint64_t>(kClients * (kMessages + 1)));
  EXPECT_EQ(gateway.counters().reported, 0U);
}

TEST_P(MainSocketManagerTest, AsksWithinAHandlerAfterWhatItHasTold) {
  RealGateway gateway(GetParam());
  auto tasks = tasks_of({&gateway});
  Strings channels;
  Recorder recorder([&](NetBus& bus, const Event& event) {
    EXPECT_TRUE(bus.join(event.connection, {"room"}).ok());
    channels = bus.info({event.connection}).value[event.connection].channels;
  });
  MainSocketManager business(recorder, *tasks, {.events = 1});
  business.start();
  ASSERT_TRUE(business.wait_registered(5s).ok());
  const RealClient client = gateway.connect();
  ASSERT_TRUE(recorder.wait_for(1));
  EXPECT_TRUE(business.stop().ok());
  EXPECT_THAT(channels, ElementsAre("room"));
}

TEST_P(MainSocketManagerTest, FinishesAnEventWhoseHandlerThrows) {
  RealGateway gateway(GetParam());
  auto tasks = tasks_of({&gateway});
  std::mutex mutex;
  std::string problem;
  Recorder recorder([](NetBus& bus, const Event& event) {
    echo(bus, event);
    if (event.data == "throw") throw std::runtime_error("no good");
  });
  MainSocketOptions options;
  options.on_problem = [&](const Error& error) {
    const std::lock_guard lock(mutex);
    problem = error.message();
  };
  MainSocketManager business(recorder, *tasks, options);
  business.start();
  ASSERT_TRUE(business.wait_registered(5s).ok());
  RealClient client = gateway.connect();
  client.send("throw");
  client.send("next");
  EXPECT_EQ(client.next().payload, "throw");  // what was told before is sent
  EXPECT_EQ(client.next().payload, "next");
  EXPECT_TRUE(business.stop().ok());
  EXPECT_EQ(business.counters().exceptions, 1U);
  EXPECT_EQ(gateway.counters().acknowledged, 3U);
  EXPECT_THAT(problem, HasSubstr("no good"));
  EXPECT_THAT(problem, HasSubstr(client.id()));
}

TEST_P(MainSocketManagerTest, TakesNoMoreEventsThanItsWindowAhead) {
  RealGateway gateway(GetParam());
  auto tasks = tasks_of({&gateway});
  std::atomic<bool> go = false;
  Recorder recorder([&](NetBus&, const Event&) {
    while (!go) std::this_thread::sleep_for(1ms);
  });
  MainSocketManager business(recorder, *tasks, {.events = 4, .handler_threads = 1, .window = 3});
  business.start();
  ASSERT_TRUE(business.wait_registered(5s).ok());
  RealClient client = gateway.connect();
  for (int i = 0; i < 10; ++i) client.send(std::to_string(i));
  ASSERT_TRUE(recorder.wait_for(1));
  std::this_thread::sleep_for(50ms);
  EXPECT_LE(gateway.counters().delivered, 3U);
  go = true;
  EXPECT_TRUE(recorder.wait_for(10));
  EXPECT_TRUE(business.stop().ok());
}

TEST_P(MainSocketManagerTest, FinishesWhatItHasWhenItStops) {
  RealGateway gateway(GetParam());
  auto tasks = tasks_of({&gateway});
  Recorder recorder([](NetBus& bus, const Event& event) {
    std::this_thread::sleep_for(20ms);
    echo(bus, event);
  });
  MainSocketManager business(recorder, *tasks, {.handler_threads = 1});
  business.start();
  ASSERT_TRUE(business.wait_registered(5s).ok());
  RealClient client = gateway.connect();
  for (int i = 0; i < 5; ++i) client.send(std::to_string(i));
  ASSERT_TRUE(recorder.wait_for(2));
  EXPECT_TRUE(business.stop().ok());
  EXPECT_EQ(business.counters().dropped, 0U);
  EXPECT_EQ(gateway.counters().reported, 0U);
  // What it did not take waits for the next.
  Recorder next(echo);
  MainSocketManager successor(next, *tasks);
  successor.start();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(client.next().payload, std::to_string(i));
}

TEST_P(MainSocketManagerTest, SaysWhatItDroppedWhenTimeIsOver) {
  RealGateway gateway(GetParam());
  auto tasks = tasks_of({&gateway});
  Recorder recorder([](NetBus&, const Event&) { std::this_thread::sleep_for(200ms); });
  MainSocketManager business(recorder, *tasks, {.events = 4, .handler_threads = 1});
  business.start();
  ASSERT_TRUE(business.wait_registered(5s).ok());
  RealClient client = gateway.connect();
  client.send("1");
  ASSERT_TRUE(recorder.wait_for(1));
  client.send("2");
  ASSERT_TRUE(eventually([&] { return gateway.counters().delivered >= 1; }));
  const auto stopped = business.stop(50ms);
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code, ErrorCode::kTimeout);
  EXPECT_TRUE(eventually([&] { return gateway.counters().reported >= 1; }));
}

TEST(MainSocketManager, RegistersAgainWithAGatewayThatComesBack) {
  auto gateway = std::make_unique<RealGateway>(1);
  const std::string path = gateway->path();
  auto tasks = tasks_of({gateway.get()});
  std::atomic<int> problems = 0;
  Recorder recorder(echo);
  MainSocketOptions options;
  options.first_pause = 5ms;
  options.longest_pause = 20ms;
  options.on_problem = [&](const Error&) { ++problems; };
  MainSocketManager business(recorder, *tasks, options);
  business.start();
  ASSERT_TRUE(business.wait_registered(5s).ok());
  gateway.reset();
  ASSERT_TRUE(eventually([&] { return business.registered() == 0; }));
  const auto waited = business.wait_registered(50ms);
  ASSERT_FALSE(waited.ok());
  EXPECT_THAT(waited.error().message(), HasSubstr(path));
  std::this_thread::sleep_for(100ms);  // several attempts
  EXPECT_EQ(problems, 1);              // told once
  gateway = std::make_unique<RealGateway>(1);
  ASSERT_TRUE(business.wait_registered(5s).ok());
  RealClient client = gateway->connect();
  client.send("again");
  EXPECT_EQ(client.next().payload, "again");
  EXPECT_EQ(business.counters().registrations, 2U);
}

TEST(MainSocketManager, FailsWhatAHandlerTellsAGatewayThatHasGone) {
  auto gateway = std::make_unique<RealGateway>(1);
  auto tasks = tasks_of({gateway.get()});
  std::atomic<bool> gone = false;
  Outcome outcome;
  Recorder recorder([&](NetBus& bus, const Event& event) {
    while (!gone) std::this_thread::sleep_for(1ms);
    outcome = bus.send(event.connection, "x");
  });
  MainSocketOptions options;
  options.events = 4;
  options.on_problem = [](const Error&) {};
  MainSocketManager business(recorder, *tasks, options);
  business.start();
  ASSERT_TRUE(business.wait_registered(5s).ok());
  RealClient client = gateway->connect();
  client.send("1");
  ASSERT_TRUE(recorder.wait_for(1));
  gateway.reset();
  ASSERT_TRUE(eventually([&] { return business.registered() == 0; }));
  gone = true;
  (void)business.stop();
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.failures[0].error.code, ErrorCode::kUnavailable);
}

// ---- what a gateway hears

TEST(MainSocketManager, RegistersBeatsAndUnregisters) {
  FakeGateway gateway;
  auto tasks = TaskSocketManager::create({{.worker = gateway.path(), .task = gateway.path()}}, {.secret = "sesame"});
  ASSERT_TRUE(tasks.ok());
  Recorder recorder(echo);
  MainSocketManager business(
      recorder, **tasks, {.events = 6, .window = 7, .wants_meta = true, .heartbeat = 10ms, .heartbeat_text = "beat!"});
  business.start();
  gateway.accept();
  EXPECT_EQ(gateway.hear<wire::netsvr::Authenticate>(Command::kAuthenticate).secret(), "sesame");
  wire::netsvr::AuthenticateResp accepted;
  accepted.set_ok(true);
  gateway.say(Command::kAuthenticate, accepted);
  const auto request = gateway.hear<wire::netsvr::RegisterReq>(Command::kRegister);
  EXPECT_EQ(request.events(), 6);
  EXPECT_EQ(request.acknowledge_window(), 7U);
  EXPECT_TRUE(request.wants_meta());
  wire::netsvr::RegisterResp response;
  response.set_conn_id(std::string(32, 'a'));
  gateway.say(Command::kRegister, response);
  ASSERT_TRUE(business.wait_registered(5s).ok());
  // "beat!" read as a frame: its first four bytes are the number of the command.
  const FakeGateway::Heard heartbeat = gateway.hear();
  EXPECT_EQ(heartbeat.id, 0x62656174U);
  EXPECT_EQ(heartbeat.message, "!");
  std::thread stopping([&] { EXPECT_TRUE(business.stop().ok()); });
  FakeGateway::Heard heard = heartbeat;
  while (heard.id == heartbeat.id) heard = gateway.hear();
  EXPECT_EQ(heard.id, to_id(Command::kUnRegister));
  gateway.say(Command::kUnRegister, wire::netsvr::UnRegisterResp());
  stopping.join();
}

// A link's acknowledgement says that everything before is finished too, so it waits for the slow one.
TEST(MainSocketManager, AcknowledgesOnlyWhatIsFinishedUpToThere) {
  FakeGateway gateway;
  auto tasks = TaskSocketManager::create({{.worker = gateway.path(), .task = gateway.path()}});
  ASSERT_TRUE(tasks.ok());
  std::atomic<bool> go = false;
  Recorder recorder([&](NetBus&, const Event& event) {
    while (event.sequence == 1 && !go) std::this_thread::sleep_for(1ms);
  });
  MainSocketManager business(recorder, **tasks, {.handler_threads = 8, .heartbeat = 1h});
  business.start();
  gateway.accept();
  gateway.hear();
  wire::netsvr::RegisterResp response;
  response.set_conn_id(std::string(32, 'a'));
  gateway.say(Command::kRegister, response);
  for (std::uint64_t sequence = 1; sequence <= 20; ++sequence) {
    wire::netsvr::Transfer transfer;
    transfer.set_uniq_id("connection " + std::to_string(sequence));
    transfer.set_sequence(sequence);
    gateway.say(Command::kTransfer, transfer);
  }
  ASSERT_TRUE(recorder.wait_for(2));
  std::this_thread::sleep_for(20ms);
  go = true;
  std::uint64_t acknowledged = 0;
  int frames = 0;
  for (; acknowledged < 20; ++frames) {
    const auto message = gateway.hear<wire::netsvr::Acknowledge>(Command::kAcknowledge);
    ASSERT_GT(message.sequence(), acknowledged);
    acknowledged = message.sequence();
  }
  EXPECT_EQ(acknowledged, 20U);
  EXPECT_LT(frames, 20);
  std::thread stopping([&] { EXPECT_TRUE(business.stop().ok()); });
  EXPECT_EQ(gateway.hear().id, to_id(Command::kUnRegister));
  gateway.say(Command::kUnRegister, wire::netsvr::UnRegisterResp());
  stopping.join();
}

}  // namespace
}  // namespace laraman::business
