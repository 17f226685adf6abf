#include "business/handler_threads.h"

#include <algorithm>
#include <exception>
#include <functional>
#include <utility>

#include "base/try.h"
#include "business/registration_state.h"
#include "wire/netsvr_frame.h"

namespace laraman::business {
namespace {

constexpr std::size_t kMaxBatchBytes = 64 * 1024;  // of commands kept until the event is finished

// What a handler's NetBus speaks through: to the event's gateway over the link on which it came, to others over the
// task sockets.
class LinkTransport final : public Transport {
 public:
  explicit LinkTransport(TaskSocketManager& tasks) : tasks_(tasks) {}

  void begin(RegistrationState& registration) { registration_ = &registration; }
  // What is left of the commands, to go with the acknowledgement.
  std::string end() {
    registration_ = nullptr;
    return std::exchange(batch_, {});
  }

  const std::vector<GatewayAddress>& gateways() const override { return tasks_.gateways(); }

  Result<void> command(std::size_t gateway, std::uint32_t id, std::string_view message) override {
    if (gateway != registration_->gateway()) return tasks_.command(gateway, id, message);
    RETURN_IF_ERROR(check_size(message));
    if (!registration_->alive()) return lost();
    wire::netsvr::append_frame(batch_, id, message);
    if (batch_.size() < kMaxBatchBytes) return {};
    return registration_->give(std::exchange(batch_, {}));
  }

  Result<std::string> query(std::size_t gateway, std::uint32_t id, std::string_view message) override {
    if (gateway != registration_->gateway()) return tasks_.query(gateway, id, message);
    RETURN_IF_ERROR(check_size(message));
    return registration_->ask(std::exchange(batch_, {}), id, message);
  }

 private:
  Result<void> check_size(std::string_view message) const {
    if (message.size() + wire::netsvr::kFrameHeaderSize <= tasks_.options().max_command_bytes) return {};
    return Error{ErrorCode::kLimit, "the command is too long for a gateway", registration_->address(), ""};
  }
  Error lost() const {
    return {ErrorCode::kUnavailable, "the link on which the event came is broken", registration_->address(), ""};
  }

  TaskSocketManager& tasks_;
  RegistrationState* registration_ = nullptr;
  std::string batch_;
};

}  // namespace

HandlerThreads::HandlerThreads(EventHandler& handler, TaskSocketManager& tasks, unsigned threads,
                               const OnProblem& on_problem)
    : handler_(handler), tasks_(tasks), on_problem_(on_problem) {
  for (unsigned i = 0; i < std::max(1U, threads); ++i) {
    Worker& worker = *workers_.emplace_back(std::make_unique<Worker>());
    worker.thread = std::thread([this, &worker] { run(worker); });
  }
}

HandlerThreads::~HandlerThreads() { stop(); }

void HandlerThreads::stop() {
  for (const auto& worker : workers_) {
    const std::lock_guard lock(worker->mutex);
    worker->stop = true;
    worker->changed.notify_one();
  }
  for (const auto& worker : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
  }
}

void HandlerThreads::handle(std::shared_ptr<RegistrationState> registration, Event event) {
  Worker& worker = *workers_[std::hash<std::string>{}(event.connection) % workers_.size()];
  const std::lock_guard lock(worker.mutex);
  worker.jobs.push_back({std::move(registration), std::move(event)});
  worker.changed.notify_one();
}

void HandlerThreads::run(Worker& worker) {
  LinkTransport transport(tasks_);
  NetBus bus(transport);
  for (;;) {
    std::unique_lock lock(worker.mutex);
    worker.changed.wait(lock, [&] { return worker.stop || !worker.jobs.empty(); });
    if (worker.jobs.empty()) return;
    const Job job = std::move(worker.jobs.front());
    worker.jobs.pop_front();
    lock.unlock();
    if (!job.registration->alive()) {
      ++counters_.dropped;
      continue;
    }
    transport.begin(*job.registration);
    call(bus, job.event);
    ++counters_.handled;
    job.registration->finish(job.event.sequence, transport.end());
  }
}

void HandlerThreads::call(NetBus& bus, const Event& event) {
  std::string what;
  try {
    switch (event.kind) {
      case Event::Kind::kOpen: return handler_.on_open(bus, event);
      case Event::Kind::kMessage: return handler_.on_message(bus, event);
      case Event::Kind::kClose: return handler_.on_close(bus, event);
      case Event::Kind::kJoin: return handler_.on_join(bus, event);
      case Event::Kind::kLeave: return handler_.on_leave(bus, event);
    }
    return;
  } catch (const std::exception& exception) {
    what = exception.what();
  } catch (...) {
    what = "not a std::exception";
  }
  ++counters_.exceptions;
  on_problem_({ErrorCode::kSystem, "the event handler threw: " + what, event.connection, ""});
}

}  // namespace laraman::business
