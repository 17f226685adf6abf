#include "backends/fastcgi/workers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <filesystem>

#include "http/request_parser.h"
#include "net/listener.h"
#include "net/socket.h"
#include "net/stream.h"
#include "temporary_directory.h"
#include "wire/fastcgi.h"

namespace laraman::backends::fastcgi {
namespace {

namespace fastcgi = wire::fastcgi;

// A worker that writes down what it gets and answers when told.
class FakeWorker final : public dispatch::BusinessLink, private net::Stream::Handler {
 public:
  FakeWorker(net::EventLoop& loop, const std::string& path) : address("unix:" + path) {
    UniqueFd fd = std::move(*net::listen_on(*net::SocketAddress::of_path(path)));
    listener_ = std::move(*net::Listener::open(loop, std::move(fd), [this, &loop](UniqueFd connection) {
      ++connections;
      stream = std::move(*net::Stream::open(loop, std::move(connection), *this));
    }));
  }
  void deliver(const gateway::Event&, std::uint64_t) override {}
  std::uint64_t take_back(std::uint64_t last) override { return last; }
  bool full() override { return false; }
  bool taking_back() override { return false; }

  void says(std::string_view output) {
    std::string records;
    fastcgi::append_stream(records, fastcgi::RecordType::kStdout, 1, output);
    stream->write(records);
  }
  void ends_response() {
    std::string records;
    fastcgi::append_stream_end(records, fastcgi::RecordType::kStdout, 1);
    stream->write(records);
  }
  void ends_request() {
    std::string records;
    fastcgi::append_end_request(records, 1);
    stream->write(records);
  }

  const std::string address;
  std::unique_ptr<net::Stream> stream;
  std::string parameters;
  std::string input;
  bool input_complete = false;
  int begun = 0;
  int aborted = 0;
  int connections = 0;

 private:
  std::size_t on_data(std::span<char> bytes) override {
    reader_.feed(std::string_view(bytes.data(), bytes.size()));
    for (;;) {
      const auto record = std::move(*reader_.next());
      if (!record) return bytes.size();
      switch (record->type) {
        case fastcgi::RecordType::kBeginRequest:
          ++begun;
          parameters.clear();
          input.clear();
          input_complete = false;
          break;
        case fastcgi::RecordType::kParams: parameters.append(record->content); break;
        case fastcgi::RecordType::kStdin:
          input.append(record->content);
          input_complete = record->content.empty();
          break;
        case fastcgi::RecordType::kAbortRequest: ++aborted; break;
        default: ADD_FAILURE() << "unexpected record";
      }
    }
  }
  void on_peer_end() override { stream->close(); }
  void on_closed(const Error*) override {}

  std::unique_ptr<net::Listener> listener_;
  fastcgi::RecordReader reader_;
};

struct Recorder final : application::ResponseHandler {
  void on_head(http::ResponseHead head) override {
    status = head.status;
    headers = std::move(head.headers);
  }
  void on_body(std::string_view bytes) override { body.append(bytes); }
  void on_end() override { ++ended; }
  void on_failure(application::Failure why) override { failure = why; }
  int status = 0;
  http::Headers headers;
  std::string body;
  int ended = 0;
  std::optional<application::Failure> failure;
};

constexpr gateway::EventKinds kEvents{gateway::Event::Kind::kClose, gateway::Event::Kind::kMessage};

http::Request parsed(std::string_view text) {
  http::RequestParser parser;
  EXPECT_EQ(parser.feed(text), http::RequestParser::State::kComplete);
  return parser.take();
}

// The exchange starts on the last of the parameter's number of loops; the dispatcher lives on the first.
class WorkersTest : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    std::vector<net::EventLoop*> raw;
    for (int i = 0; i < GetParam(); ++i) {
      loops_.push_back(std::move(*net::EventLoop::create()));
      raw.push_back(loops_.back().get());
    }
    gateway_ = std::move(*gateway::Gateway::create({}, raw, nullptr));
    dispatch_ = std::make_unique<dispatch::Dispatch>(*gateway_, dispatch::Limits{});
    workers = std::make_unique<Workers>(gateway_->shard(static_cast<std::size_t>(GetParam() - 1)), *dispatch_);
    worker = std::make_unique<FakeWorker>(*loops_.front(), directory_ / "php.sock");
  }
  dispatch::BusinessId add_worker() { return dispatch_->dispatcher().add(*worker, {kEvents, 32, worker->address}); }
  void turn(int times = 8) {
    for (int i = 0; i < times; ++i) {
      for (const auto& loop : loops_) loop->run_once(Duration::zero());
    }
  }
  application::Request request(std::string body = "") const {
    application::Request made{head_, origin_};
    made.body_size = body.size();
    made.body = std::move(body);
    return made;
  }

  http::Request head_ = parsed("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  application::RequestOrigin origin_;
  TemporaryDirectory directory_;
  std::vector<std::unique_ptr<net::EventLoop>> loops_;
  std::unique_ptr<gateway::Gateway> gateway_;
  std::unique_ptr<dispatch::Dispatch> dispatch_;
  std::unique_ptr<FakeWorker> worker;
  std::unique_ptr<Workers> workers;
  Recorder recorder;
};
INSTANTIATE_TEST_SUITE_P(Loops, WorkersTest, testing::Values(1, 4));

TEST_P(WorkersTest, CarriesARequestAndItsResponse) {
  add_worker();
  const auto exchange = workers->start(request("body"), recorder);
  turn();
  EXPECT_EQ(worker->begun, 1);
  EXPECT_EQ(worker->input, "body");
  EXPECT_TRUE(worker->input_complete);
  worker->says("Status: 201 Created\r\nX-A: b\r\n\r\nhel");
  turn();
  worker->says("lo");
  worker->ends_response();
  worker->ends_request();
  turn();
  EXPECT_EQ(recorder.status, 201);
  EXPECT_EQ(recorder.headers.get("x-a"), "b");
  EXPECT_EQ(recorder.body, "hello");
  EXPECT_EQ(recorder.ended, 1);
  EXPECT_FALSE(recorder.failure.has_value());
}

TEST_P(WorkersTest, WaitsForAWorker) {
  const auto exchange = workers->start(request(), recorder);
  turn();
  EXPECT_EQ(worker->begun, 0);
  add_worker();
  turn();
  EXPECT_EQ(worker->begun, 1);
}

TEST_P(WorkersTest, GivesTheWorkerBackOnlyWhenItEndsTheRequest) {
  add_worker();
  auto first = workers->start(request(), recorder);
  turn();
  worker->says("Status: 200 OK\r\n\r\n");
  worker->ends_response();
  turn();
  EXPECT_EQ(recorder.ended, 1);
  first.reset();
  Recorder second_recorder;
  const auto second = workers->start(request(), second_recorder);
  turn();
  EXPECT_EQ(worker->begun, 1);
  worker->ends_request();
  turn();
  EXPECT_EQ(worker->begun, 2);
  EXPECT_EQ(worker->connections, 1);  // the same connection again
}

TEST_P(WorkersTest, SendsABodyFromAFile) {
  add_worker();
  const std::string big(3 << 20, 'x');
  auto file = std::make_shared<UniqueFd>(::memfd_create("body", MFD_CLOEXEC));
  ASSERT_EQ(::write(file->get(), big.data(), big.size()), static_cast<ssize_t>(big.size()));
  application::Request made = request();
  made.body_file = file;
  made.body_size = big.size();
  const auto exchange = workers->start(std::move(made), recorder);
  for (int i = 0; i < 200 && !worker->input_complete; ++i) turn();
  EXPECT_TRUE(worker->input_complete);
  EXPECT_TRUE(worker->input == big);
}

TEST_P(WorkersTest, ReportsAWorkerThatDiesBeforeTheHead) {
  add_worker();
  const auto exchange = workers->start(request(), recorder);
  turn();
  worker->stream->close();
  turn();
  EXPECT_EQ(recorder.failure, application::Failure::kWorkerLost);
  EXPECT_EQ(workers->busy(), 0u);
}

TEST_P(WorkersTest, TellsAWorkerWhoseTimeWasOverFromOneThatDied) {
  WorkerSlot slot{};
  slot.generation = 2;
  dispatch_->dispatcher().add(*worker, {kEvents, 32, worker->address, {&slot, 2}});
  const auto exchange = workers->start(request(), recorder);
  turn();
  slot.overdue = 2;
  worker->stream->close();
  turn();
  EXPECT_EQ(recorder.failure, application::Failure::kTimeout);
  EXPECT_EQ(status_of(*recorder.failure), 504);
}

TEST_P(WorkersTest, RefusesAtOnceWhereALivingWorkerHasLostItsSocketFile) {
  WorkerSlot slot{};
  slot.generation = 2;
  slot.state = WorkerState::kIdle;
  dispatch_->dispatcher().add(*worker, {kEvents, 32, worker->address, {&slot, 2}});
  std::filesystem::remove(directory_ / "php.sock");
  for (int i = 0; i < 2; ++i) {
    Recorder each;
    const auto exchange = workers->start(request(), each);
    turn();
    EXPECT_EQ(each.failure, application::Failure::kNoWorker);
  }
  EXPECT_EQ(worker->begun, 0);
}

TEST_P(WorkersTest, ReportsAWorkerThatDiesAfterTheHead) {
  add_worker();
  const auto exchange = workers->start(request(), recorder);
  turn();
  worker->says("Status: 200 OK\r\n\r\nhal");
  turn();
  worker->stream->close();
  turn();
  EXPECT_EQ(recorder.failure, application::Failure::kTruncated);
}

TEST_P(WorkersTest, GoesToAnotherWorkerIfNobodyListensAtTheFirst) {
  dispatch_->dispatcher().add(*worker, {kEvents, 32, "unix:" + directory_ / "nobody.sock"});
  const auto exchange = workers->start(request(), recorder);
  turn();
  EXPECT_EQ(recorder.failure, std::nullopt);
  add_worker();
  turn();
  EXPECT_EQ(worker->begun, 1);
}

TEST_P(WorkersTest, SendsNothingMoreToAWorkerThatDied) {
  add_worker();
  const auto exchange = workers->start(request(), recorder);
  turn();
  worker->stream->close();
  turn();
  ASSERT_EQ(recorder.failure, application::Failure::kWorkerLost);
  Recorder second_recorder;  // before the worker's other socket has told
  const auto second = workers->start(request(), second_recorder);
  turn();
  EXPECT_EQ(worker->begun, 1);
  FakeWorker successor(*loops_.front(), directory_ / "successor.sock");
  dispatch_->dispatcher().add(successor, {kEvents, 32, successor.address});
  turn();
  EXPECT_EQ(successor.begun, 1);
}

TEST_P(WorkersTest, RefusesNonsenseFromAWorker) {
  add_worker();
  for (const char* output : {"no head at all\r\n\r\n", ""}) {
    Recorder each;
    const auto exchange = workers->start(request(), each);
    turn();
    if (*output != '\0') worker->says(output);
    worker->ends_response();
    worker->ends_request();
    turn();
    EXPECT_EQ(each.failure, application::Failure::kWorkerLost) << output;
  }
}

TEST_P(WorkersTest, TellsTheWorkerWhenTheClientIsGone) {
  add_worker();
  auto exchange = workers->start(request(), recorder);
  turn();
  exchange.reset();
  turn();
  EXPECT_EQ(worker->aborted, 1);
  worker->says("Status: 200 OK\r\n\r\nnobody reads this");
  worker->ends_response();
  worker->ends_request();
  turn();
  Recorder second_recorder;
  const auto second = workers->start(request(), second_recorder);
  turn();
  EXPECT_EQ(worker->begun, 2);
}

TEST_P(WorkersTest, GivesBackTheLeaseOfAnExchangeThatIsGone) {
  auto exchange = workers->start(request(), recorder);
  turn();
  exchange.reset();
  add_worker();
  turn();
  EXPECT_EQ(worker->begun, 0);
  const auto second = workers->start(request(), recorder);
  turn();
  EXPECT_EQ(worker->begun, 1);
}

TEST_P(WorkersTest, HoldsTheWorkerBackWhilePaused) {
  add_worker();
  const auto exchange = workers->start(request(), recorder);
  turn();
  exchange->pause();
  worker->says("Status: 200 OK\r\n\r\nlater");
  turn();
  EXPECT_EQ(recorder.status, 0);
  exchange->resume();
  turn();
  EXPECT_EQ(recorder.body, "later");
}

}  // namespace
}  // namespace laraman::backends::fastcgi
