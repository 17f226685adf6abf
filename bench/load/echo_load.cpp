#include <deque>
#include <vector>

#include "load/loads.h"
#include "load/message_pattern.h"
#include "load/timed_run.h"

namespace laraman::bench {
namespace {

class EchoTraffic final : public MessageSink, public Traffic {
 public:
  EchoTraffic(const LoadOptions& options, Measurement& measurement)
      : options_(options),
        measurement_(measurement),
        pattern_(options.target.message_size),
        fleet_(options.target, options.connections, *this),
        lines_(options.connections) {
    if (options_.rate > 0) return;
    for (std::size_t number = 0; number < lines_.size(); ++number) {
      with_room_.insert(with_room_.end(), options_.outstanding, number);
    }
  }

  Fleet& fleet() { return fleet_; }

  Duration send_due(TimePoint now) override {
    if (options_.rate > 0) return send_open_loop(now);
    for (const std::size_t number : with_room_) send(number, now);
    with_room_.clear();
    return std::chrono::hours(1);
  }

  std::uint64_t under_way() const override {
    std::uint64_t total = 0;
    for (const Line& line : lines_) total += line.due.size();
    return total;
  }

  void on_message(Connection& connection, std::string_view payload) override {
    const std::size_t number = connection.number();
    Line& line = lines_[number];
    if (line.due.empty() || payload != pattern_.payload(static_cast<std::uint32_t>(number), line.received)) {
      measurement_.count_wrong();
      if (line.due.empty()) return;
    }
    ++line.received;
    measurement_.record(monotonic_now() - line.due.front());
    line.due.pop_front();
    if (options_.rate <= 0) with_room_.push_back(number);
  }

 private:
  // What one connection has under way.
  struct Line {
    std::uint32_t sent = 0;
    std::uint32_t received = 0;
    std::deque<TimePoint> due;  // when each message under way was, or should have been, sent
  };

  Duration send_open_loop(TimePoint now) {
    if (next_due_ == TimePoint()) next_due_ = now;
    const auto interval = Duration(static_cast<Duration::rep>(1e9 / options_.rate));
    for (; next_due_ <= now; next_due_ += interval) {
      send(next_line_, next_due_);
      next_line_ = (next_line_ + 1) % lines_.size();
    }
    return next_due_ - now;
  }

  void send(std::size_t number, TimePoint due) {
    Line& line = lines_[number];
    fleet_[number].send(pattern_.payload(static_cast<std::uint32_t>(number), line.sent++));
    line.due.push_back(due);
  }

  const LoadOptions& options_;
  Measurement& measurement_;
  MessagePattern pattern_;
  Fleet fleet_;
  std::vector<Line> lines_;
  std::vector<std::size_t> with_room_;  // closed loop: a number for each message that may be sent now
  TimePoint next_due_;
  std::size_t next_line_ = 0;
};

}  // namespace

Result<Measurement> run_echo_load(const LoadOptions& options) {
  Measurement measurement(options.roles);
  EchoTraffic traffic(options, measurement);
  const Result<void> done = run_timed(options, traffic.fleet(), traffic, measurement);
  if (!done) return done.error();
  return measurement;
}

}  // namespace laraman::bench
