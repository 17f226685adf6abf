// The client library against the business ports, with every loop and every business on a thread of its own.
#include <poll.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "business_fixture.h"
#include "laraman/business/main_socket.h"
#include "laraman/business/task_socket.h"

namespace laraman::backends::netsvr {
namespace {

using namespace std::chrono_literals;
using business::MainSocket;
using business::TaskSocket;

// Loops that run, each on its thread.
class LibraryTest : public testing::TestWithParam<int> {
 protected:
  static constexpr std::uint32_t kWorkers = 3;

  void SetUp() override {
    board = std::move(*Scoreboard::create(2 * kWorkers, 1));
    std::vector<net::EventLoop*> raw;
    for (int i = 0; i < GetParam(); ++i) {
      loops.push_back(std::move(*net::EventLoop::create()));
      raw.push_back(loops.back().get());
    }
    gateway = std::move(*gateway::Gateway::create({}, raw, nullptr));
    dispatch = std::make_unique<dispatch::Dispatch>(*gateway, dispatch::Limits{});
    gateway->set_event_sink(*dispatch);
    server = std::make_unique<BusinessServer>(*gateway, *dispatch, &board);
    path = testing::TempDir() + "laraman_library_" + std::to_string(::getpid());
    ASSERT_TRUE(server->listen(std::move(*net::listen_on(*net::SocketAddress::of_path(path)))).ok());
  }
  void TearDown() override {
    server.reset();
    ::unlink(path.c_str());
  }

  void run_loops() {
    for (const auto& loop : loops) threads.emplace_back([raw = loop.get()] { raw->run(); });
  }
  void stop_loops() {
    on_first_loop(
        [this] { gateway->on_every_shard(gateway->shard(0), [](gateway::Shard& shard) { shard.loop().stop(); }); });
    for (std::thread& thread : threads) thread.join();
    threads.clear();
  }
  // Runs `task` on loop 0 and waits for it. Only this function's mailbox crosses threads.
  void on_first_loop(std::function<void()> task) {
    std::atomic<bool> done = false;
    std::function<void()> message = [&] {
      task();
      done = true;
    };
    ASSERT_TRUE(mailbox->try_send(message));
    while (!done) std::this_thread::yield();
  }
  void open_mailbox() {
    mailbox = std::move(*net::Mailbox<std::function<void()>>::open(*loops.front(), 16,
                                                                   [](const std::function<void()>& task) { task(); }));
  }

  // Before the loops run: a client on some shard, with the channel "all".
  UniqueFd connect(std::size_t number) {
    gateway::Shard& shard = gateway->shard(number % loops.size());
    gateway::Opening opening;
    EXPECT_FALSE(shard.enter());
    opening.id = shard.next_id();
    opening.channels = {"all"};
    return raw_clients.open(shard, std::move(opening));
  }

  Scoreboard board;
  std::vector<std::unique_ptr<net::EventLoop>> loops;
  clients::RawClients raw_clients{static_cast<std::size_t>(GetParam())};
  std::unique_ptr<gateway::Gateway> gateway;
  std::unique_ptr<dispatch::Dispatch> dispatch;
  std::unique_ptr<BusinessServer> server;
  std::unique_ptr<net::Mailbox<std::function<void()>>> mailbox;
  std::vector<std::thread> threads;
  std::string path;
};
INSTANTIATE_TEST_SUITE_P(Loops, LibraryTest, testing::Values(1, 4));

// What a worker does with an event: sends it back.
void echo(MainSocket& socket, const business::Event& event) {
  netsvr::SingleCast cast;
  cast.set_uniq_id(event.connection);
  cast.set_data(event.data);
  ASSERT_TRUE(socket.command(to_id(Command::kSingleCast), cast.SerializeAsString()).ok());
  socket.acknowledge(event.sequence);
}

// Whatever dies when: each message is echoed once, or reported; never twice, never out of its client's order.
TEST_P(LibraryTest, KeepsOrderAndBooksWhileWorkersDie) {
  constexpr std::size_t kClients = 20;
  constexpr int kMessages = 300;
  open_mailbox();
  std::vector<UniqueFd> clients;
  for (std::size_t i = 0; i < kClients; ++i) clients.push_back(connect(i));
  run_loops();

  std::atomic<bool> stop = false;
  std::atomic<int> deaths = 0;
  std::vector<std::thread> workers;
  for (std::uint32_t index = 0; index < kWorkers; ++index) {
    workers.emplace_back([&, index] {
      std::mt19937 random(index);
      for (std::uint32_t life = 0; !stop; ++life) {  // one turn is the life of one process
        // Not the slot of the one before, which the gateway may still look at.
        const std::uint32_t slot_index = index + kWorkers * (life % 2);
        WorkerSlot& slot = board.worker(slot_index);
        slot.generation.fetch_add(1);
        slot.begun = 0;
        auto connected = MainSocket::connect(path, {});
        ASSERT_TRUE(connected.ok());
        MainSocket& socket = **connected;
        business::Registration registration;
        registration.events = 4;
        registration.window = 32;
        registration.slot = &slot;
        registration.slot_index = slot_index;
        ASSERT_TRUE(socket.register_for(registration).ok());
        int left = std::uniform_int_distribution<int>(0, 400)(random);
        bool alive = true;
        while (!stop) {
          ASSERT_TRUE(socket.wait(10ms).ok());
          while (alive) {
            const auto event = socket.take_event();
            if (!event) break;
            if (left-- == 0) {  // begun, and never finished
              alive = false;
              break;
            }
            if (random() % 100 == 0) std::this_thread::sleep_for(15ms);  // what is behind it is taken back
            echo(socket, *event);
            if (random() % 4 == 0) {
              ASSERT_TRUE(socket.flush().ok());
            }
          }
          if (!alive) {
            ++deaths;
            break;
          }
          ASSERT_TRUE(socket.flush().ok());
        }
      }
    });
  }

  std::vector<std::string> got(kClients);
  const auto read_all = [&] {
    char buffer[4096];
    for (std::size_t i = 0; i < kClients; ++i) {
      const ssize_t count = ::recv(clients[i].get(), buffer, sizeof buffer, 0);
      if (count > 0) got[i].append(buffer, static_cast<std::size_t>(count));
    }
  };
  for (int message = 100; message < 100 + kMessages; ++message) {
    for (UniqueFd& client : clients) {
      std::string frame = "\x81\x83";
      frame.append(4, '\0').append(std::to_string(message));  // a mask of zeros
      // A client that is ahead of its events is not read from for a while.
      while (::send(client.get(), frame.data(), frame.size(), MSG_NOSIGNAL) < 0 && errno == EAGAIN) {
        read_all();
        std::this_thread::sleep_for(1ms);
      }
    }
    read_all();
    if (message % 8 == 0) std::this_thread::sleep_for(1ms);
  }
  dispatch::Dispatcher::Counters counters;
  std::size_t under_way = 1;
  for (int i = 0; i < 3000; ++i) {
    on_first_loop([&] {
      under_way = dispatch->dispatcher().events_under_way();
      counters = dispatch->dispatcher().counters();
    });
    read_all();
    if (under_way == 0 && counters.acknowledged + counters.reported == kClients * kMessages) break;
    std::this_thread::sleep_for(10ms);
  }
  stop = true;
  for (std::thread& worker : workers) worker.join();
  for (int i = 0; i < 20; ++i) {
    std::this_thread::sleep_for(5ms);
    read_all();
  }
  stop_loops();

  EXPECT_EQ(under_way, 0U);
  EXPECT_EQ(counters.expired, 0U);
  EXPECT_EQ(counters.acknowledged + counters.reported, kClients * kMessages);
  EXPECT_GT(deaths, 0);
  std::size_t echoed = 0;
  for (const std::string& bytes : got) {
    int last = 0;
    for (std::size_t at = 0; at + 5 <= bytes.size(); at += 5) {
      const int message = std::stoi(bytes.substr(at + 2, 3));
      EXPECT_GT(message, last);
      last = message;
      ++echoed;
    }
  }
  EXPECT_EQ(echoed, counters.acknowledged);
  RecordProperty("deaths", deaths.load());
  RecordProperty("reported", std::to_string(counters.reported));
  RecordProperty("taken_back", std::to_string(counters.taken_back));
}

TEST_P(LibraryTest, LeavesWithNothingLost) {
  open_mailbox();
  UniqueFd client = connect(0);
  run_loops();
  auto first = std::move(*MainSocket::connect(path, {}));
  business::Registration registration;
  registration.events = 4;
  registration.window = 32;
  ASSERT_TRUE(first->register_for(registration).ok());
  const std::string frame("\x81\x83\0\0\0\0one", 9);
  ASSERT_EQ(::send(client.get(), frame.data(), frame.size(), 0), 9);
  ASSERT_TRUE(*first->wait(5s));
  ASSERT_TRUE(first->unregister().ok());
  ASSERT_EQ(::send(client.get(), frame.data(), frame.size(), 0), 9);  // the next worker's
  EXPECT_TRUE(first->query(to_id(Command::kUniqIdCount), "", 5s).ok());
  EXPECT_FALSE(first->unregistered());
  first->acknowledge(first->take_event()->sequence);
  ASSERT_TRUE(first->flush().ok());
  EXPECT_FALSE(*first->wait(5s));
  EXPECT_TRUE(first->unregistered());
  auto second = std::move(*MainSocket::connect(path, {}));
  ASSERT_TRUE(second->register_for(registration).ok());
  EXPECT_TRUE(*second->wait(5s));
  stop_loops();
}

TEST_P(LibraryTest, TakesCommandsAndQueriesOfATaskSocket) {
  open_mailbox();
  std::vector<UniqueFd> clients;
  for (std::size_t i = 0; i < 4; ++i) clients.push_back(connect(i));
  run_loops();
  TaskSocket socket(path, {});
  netsvr::TopicPublish publish;
  publish.add_topics("all");
  publish.set_data("hi");
  ASSERT_TRUE(socket.command(to_id(Command::kTopicPublish), publish.SerializeAsString()).ok());
  const auto reply = socket.query(to_id(Command::kUniqIdCount), "");
  ASSERT_TRUE(reply.ok());
  netsvr::UniqIdCountResp count;
  ASSERT_TRUE(count.ParseFromString(*reply));
  EXPECT_EQ(count.count(), 4);
  for (UniqueFd& client : clients) {
    pollfd entry{client.get(), POLLIN, 0};
    EXPECT_EQ(::poll(&entry, 1, 5000), 1);
  }
  stop_loops();
}

}  // namespace
}  // namespace laraman::backends::netsvr
