#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include "laraman/business/task_socket.h"
#include "load/loads.h"
#include "load/message_pattern.h"
#include "load/timed_run.h"
#include "netsvr.pb.h"
#include "wire/netsvr_command.h"

namespace laraman::bench {
namespace {

namespace netsvr = wire::netsvr;
using business::TaskSocket;

constexpr Duration kBetweenQueries = std::chrono::milliseconds(10);

std::string channel_name(std::size_t channel) { return "bench." + std::to_string(channel); }

// What a business does meanwhile on a connection of its own: asks a small question again and again. How long the
// answers take tells whether the gateway can still be controlled.
class Questioner {
 public:
  explicit Questioner(const std::string& address) : socket_(address, {}), thread_([this] { ask(); }) {}
  ~Questioner() { end(); }

  void end() {
    ended_ = true;
    if (thread_.joinable()) thread_.join();
  }
  // After end().
  const LatencyHistogram& latencies() const { return latencies_; }
  const Result<void>& outcome() const { return outcome_; }

 private:
  void ask() {
    while (!ended_) {
      const TimePoint asked = monotonic_now();
      if (const Result<std::string> reply = socket_.query(to_id(netsvr::Command::kUniqIdCount), ""); !reply) {
        outcome_ = reply.error();
        return;
      }
      latencies_.record(monotonic_now() - asked);
      std::this_thread::sleep_for(kBetweenQueries);
    }
  }

  TaskSocket socket_;
  LatencyHistogram latencies_;
  Result<void> outcome_;
  std::atomic<bool> ended_ = false;
  std::thread thread_;
};

// The business that publishes, on a thread of its own, since it waits when the gateway does not read. Publication
// number `n` goes to channel n modulo the number of channels.
class Publisher {
 public:
  Publisher(const LoadOptions& options)
      : options_(options), pattern_(options.target.message_size), socket_(options.task_address, {}) {}
  ~Publisher() { end(); }

  // Puts every connection into one channel, in turn.
  Result<void> join_channels() {
    const Result<std::string> reply = socket_.query(to_id(netsvr::Command::kUniqIdList), "");
    if (!reply) return reply.error();
    netsvr::UniqIdListResp all;
    if (!all.ParseFromString(*reply)) return Error{ErrorCode::kInvalid, "malformed answer", "UniqIdList", ""};
    for (int i = 0; i < all.uniq_ids_size(); ++i) {
      netsvr::TopicSubscribe join;
      join.set_uniq_id(all.uniq_ids(i));
      join.add_topics(channel_name(static_cast<std::size_t>(i) % options_.channels));
      const Result<void> sent = socket_.command(to_id(netsvr::Command::kTopicSubscribe), join.SerializeAsString());
      if (!sent) return sent.error();
    }
    // What a query sees is all that was commanded before it.
    const Result<std::string> done = socket_.query(to_id(netsvr::Command::kUniqIdCount), "");
    if (!done) return done.error();
    return {};
  }

  void start(TimePoint first, Duration interval) {
    first_ = first;
    interval_ = interval;
    thread_ = std::thread([this] { publish_until_ended(); });
  }
  void end() {
    ended_ = true;
    if (thread_.joinable()) thread_.join();
  }

  TimePoint due(std::uint64_t publication) const {
    return first_ + interval_ * static_cast<Duration::rep>(publication);
  }
  std::uint64_t published() const { return published_; }
  const Result<void>& outcome() const { return outcome_; }  // after end()

 private:
  void publish_until_ended() {
    while (!ended_) {
      std::this_thread::sleep_until(due(published_));
      const std::uint64_t number = published_;
      const auto channel = static_cast<std::uint32_t>(number % options_.channels);
      netsvr::TopicPublish message;
      message.add_topics(channel_name(channel));
      message.set_data(std::string(pattern_.payload(channel, static_cast<std::uint32_t>(number / options_.channels))));
      outcome_ = socket_.command(to_id(netsvr::Command::kTopicPublish), message.SerializeAsString());
      if (!outcome_) return;
      published_ = number + 1;
    }
  }

  const LoadOptions& options_;
  MessagePattern pattern_;
  TaskSocket socket_;
  TimePoint first_;
  Duration interval_{0};
  std::atomic<std::uint64_t> published_ = 0;
  std::atomic<bool> ended_ = false;
  Result<void> outcome_;
  std::thread thread_;
};

class ChannelsTraffic final : public MessageSink, public Traffic {
 public:
  ChannelsTraffic(const LoadOptions& options, Measurement& measurement)
      : options_(options),
        measurement_(measurement),
        pattern_(options.target.message_size),
        fleet_(options.target, options.connections, *this),
        members_(options.connections),
        publisher_(options) {}

  Fleet& fleet() { return fleet_; }

  Result<void> all_open() override {
    Result<void> joined = publisher_.join_channels();
    if (!joined) return joined;
    publisher_.start(monotonic_now(), Duration(static_cast<Duration::rep>(1e9 / options_.rate)));
    questioner_.emplace(options_.task_address);
    return {};
  }

  Duration send_due(TimePoint) override { return std::chrono::milliseconds(10); }

  Result<void> all_sent() override {
    publisher_.end();
    questioner_->end();
    if (!publisher_.outcome()) return publisher_.outcome();
    measurement_.note("control_p99_us", static_cast<double>(questioner_->latencies().percentile(0.99).count()) / 1000);
    return questioner_->outcome();
  }

  std::uint64_t under_way() const override {
    const std::uint64_t published = publisher_.published();
    std::uint64_t total = 0;
    for (const Member& member : members_) {
      // A connection that has had nothing knows no channel; it is owed what the first one is.
      const std::uint64_t channel = member.channel.value_or(0);
      total += (published + options_.channels - 1 - channel) / options_.channels - member.received;
    }
    return total;
  }

  void on_message(Connection& connection, std::string_view payload) override {
    Member& member = members_[connection.number()];
    if (!member.channel) member.channel = MessagePattern::connection_of(payload);
    if (payload != pattern_.payload(*member.channel, member.received)) {
      measurement_.count_wrong();
      return;
    }
    const std::uint64_t publication = std::uint64_t{member.received++} * options_.channels + *member.channel;
    measurement_.record(monotonic_now() - publisher_.due(publication));
  }

 private:
  struct Member {
    std::optional<std::uint32_t> channel;  // known from the first message
    std::uint32_t received = 0;
  };

  const LoadOptions& options_;
  Measurement& measurement_;
  MessagePattern pattern_;
  Fleet fleet_;
  std::vector<Member> members_;
  Publisher publisher_;
  std::optional<Questioner> questioner_;
};

}  // namespace

Result<Measurement> run_channels_load(const LoadOptions& options) {
  if (options.task_address.empty() || options.rate <= 0) {
    return Error{ErrorCode::kInvalid, "needs --task and --rate", "channels", ""};
  }
  Measurement measurement(options.roles);
  ChannelsTraffic traffic(options, measurement);
  const Result<void> done = run_timed(options, traffic.fleet(), traffic, measurement);
  if (!done) return done.error();
  return measurement;
}

}  // namespace laraman::bench
