#include <deque>
#include <vector>

#include "load/loads.h"
#include "load/message_pattern.h"
#include "load/timed_run.h"

namespace laraman::bench {
namespace {

constexpr std::uint32_t kPublisher = 0;

class FanOutTraffic final : public MessageSink, public Traffic {
 public:
  FanOutTraffic(const LoadOptions& options, Measurement& measurement)
      : options_(options),
        measurement_(measurement),
        pattern_(options.target.message_size),
        fleet_(options.target, options.connections, *this),
        received_(options.connections) {}

  Fleet& fleet() { return fleet_; }

  Duration send_due(TimePoint now) override {
    if (options_.rate <= 0) {
      while (under_way_.size() < options_.outstanding) publish(now);
      return std::chrono::hours(1);
    }
    if (next_due_ == TimePoint()) next_due_ = now;
    const auto interval = Duration(static_cast<Duration::rep>(1e9 / options_.rate));
    for (; next_due_ <= now; next_due_ += interval) publish(next_due_);
    return next_due_ - now;
  }

  std::uint64_t under_way() const override {
    std::uint64_t total = 0;
    for (const Publication& publication : under_way_) total += publication.awaited;
    return total;
  }

  void on_message(Connection& connection, std::string_view payload) override {
    std::uint32_t& sequence = received_[connection.number()];
    if (sequence >= published_ || payload != pattern_.payload(kPublisher, sequence)) {
      measurement_.count_wrong();
      return;
    }
    Publication& publication = under_way_[sequence++ - first_under_way_];
    measurement_.record(monotonic_now() - publication.due);
    --publication.awaited;
    while (!under_way_.empty() && under_way_.front().awaited == 0) {
      under_way_.pop_front();
      ++first_under_way_;
    }
  }

 private:
  // A message that some connections have not had yet.
  struct Publication {
    TimePoint due;
    std::size_t awaited;  // deliveries
  };

  void publish(TimePoint due) {
    fleet_[kPublisher].send(pattern_.payload(kPublisher, published_++));
    under_way_.push_back({due, fleet_.size()});
  }

  const LoadOptions& options_;
  Measurement& measurement_;
  MessagePattern pattern_;
  Fleet fleet_;
  std::vector<std::uint32_t> received_;  // by connection: how many messages it has had
  std::uint32_t published_ = 0;
  std::uint32_t first_under_way_ = 0;  // sequence number of under_way_.front()
  std::deque<Publication> under_way_;
  TimePoint next_due_;
};

}  // namespace

Result<Measurement> run_fan_out_load(const LoadOptions& options) {
  Measurement measurement(options.roles);
  FanOutTraffic traffic(options, measurement);
  const Result<void> done = run_timed(options, traffic.fleet(), traffic, measurement);
  if (!done) return done.error();
  return measurement;
}

}  // namespace laraman::bench
