// The metrics, one after the other as docs/reference/metrics.md lists them. A test compares the two.
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <limits>

#include "server/handlers/metrics_handler.h"

namespace laraman::server {
namespace {

using dispatch::Dispatcher;
using dispatch::LatencyHistogram;
using gateway::Shard;
using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

class Families {
 public:
  // What follows, up to the next one, are samples of this family.
  void family(MetricType type, const char* name, const char* help) {
    MetricFamily& added = list_.emplace_back();
    added.type = type;
    added.name = std::string("laraman_") + name;
    added.help = help;
  }
  void sample(double value, Labels labels = {}) {
    ClientMetric& metric = list_.back().metric.emplace_back();
    metric.label = std::move(labels);
    (list_.back().type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  }
  template <typename Number>
  void sample(Number value, Labels labels = {}) {
    sample(static_cast<double>(value), std::move(labels));
  }
  void counter(const char* name, std::uint64_t value, const char* help) {
    family(MetricType::Counter, name, help);
    sample(value);
  }
  void gauge(const char* name, std::uint64_t value, const char* help) {
    family(MetricType::Gauge, name, help);
    sample(value);
  }
  void histogram(const char* name, const LatencyHistogram& latency, const char* help) {
    family(MetricType::Histogram, name, help);
    ClientMetric::Histogram& histogram = list_.back().metric.emplace_back().histogram;
    for (std::size_t i = 0; i < LatencyHistogram::kBuckets; ++i) {
      histogram.sample_count += latency.count(i);
      const double bound = i + 1 < LatencyHistogram::kBuckets
                               ? std::chrono::duration<double>(LatencyHistogram::bound(i)).count()
                               : std::numeric_limits<double>::infinity();
      histogram.bucket.push_back({histogram.sample_count, bound});
    }
    histogram.sample_sum = std::chrono::duration<double>(latency.sum()).count();
  }
  const std::vector<MetricFamily>& list() const { return list_; }

 private:
  std::vector<MetricFamily> list_;
};

// One number of each event loop.
template <typename Read>
void add_by_loop(Families& families, gateway::Gateway& gateway, MetricType type, const char* name, const char* help,
                 const Read& read) {
  families.family(type, name, help);
  for (std::size_t i = 0; i < gateway.shard_count(); ++i) {
    families.sample(read(gateway.shard(i)), {{"loop", std::to_string(i)}});
  }
}

// The sum over all loops, for each reason.
template <typename Read>
void add_by_reason(Families& families, gateway::Gateway& gateway, const char* name, const char* help,
                   std::initializer_list<const char*> reasons, const Read& read) {
  families.family(MetricType::Counter, name, help);
  std::size_t index = 0;
  for (const char* reason : reasons) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < gateway.shard_count(); ++i) sum += read(gateway.shard(i), index);
    families.sample(sum, {{"reason", reason}});
    ++index;
  }
}

template <typename Read>
std::uint64_t sum(gateway::Gateway& gateway, const Read& read) {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < gateway.shard_count(); ++i) total += read(gateway.shard(i));
  return total;
}

void add_clients(Families& families, gateway::Gateway& gateway) {
  constexpr MetricType kCounter = MetricType::Counter;
  add_by_loop(families, gateway, MetricType::Gauge, "connections", "WebSocket connections open now",
              [](Shard& shard) { return shard.slot().connections.load(); });
  families.counter("connections_opened_total",
                   sum(gateway, [](const Shard& shard) { return shard.counters().opened.load(); }),
                   "WebSocket connections that were let in");
  families.counter("connections_closed_total",
                   sum(gateway, [](const Shard& shard) { return shard.counters().closed.load(); }),
                   "WebSocket connections that are over");
  add_by_reason(families, gateway, "opens_refused_total", "handshakes over a limit",
                {"connections", "rate", "closes", "origin"},
                [](const Shard& shard, std::size_t i) { return shard.counters().opens_refused[i].load(); });
  add_by_loop(families, gateway, kCounter, "messages_received_total", "messages of clients",
              [](Shard& shard) { return shard.slot().messages_received.load(); });
  add_by_loop(families, gateway, kCounter, "bytes_received_total", "WebSocket bytes of clients",
              [](Shard& shard) { return shard.counters().bytes_received.load(); });
  add_by_reason(families, gateway, "messages_dropped_total", "messages of clients over a limit", {"window", "rate"},
                [](const Shard& shard, std::size_t i) { return shard.counters().messages_dropped[i].load(); });
  families.counter("heartbeats_total",
                   sum(gateway, [](const Shard& shard) { return shard.counters().heartbeats.load(); }),
                   "pings and heartbeats of clients");
  add_by_loop(families, gateway, kCounter, "messages_sent_total", "messages to clients",
              [](Shard& shard) { return shard.slot().messages_sent.load(); });
  add_by_loop(families, gateway, kCounter, "bytes_sent_total", "WebSocket bytes of messages to clients",
              [](Shard& shard) { return shard.counters().bytes_sent.load(); });
  families.counter("messages_unsent_total",
                   sum(gateway, [](const Shard& shard) { return shard.counters().unsent_messages.load(); }),
                   "messages to clients that read too slowly, not sent");
  families.family(MetricType::Counter, "bytes_unsent_total", "WebSocket bytes to clients that did not leave");
  families.sample(sum(gateway, [](const Shard& shard) { return shard.counters().unsent_bytes.load(); }),
                  {{"reason", "slow"}});
  families.sample(sum(gateway, [](const Shard& shard) { return shard.counters().lost_bytes.load(); }),
                  {{"reason", "gone"}});
  add_by_loop(families, gateway, kCounter, "http_requests_total", "HTTP requests, those for files and metrics included",
              [](Shard& shard) { return shard.slot().http_requests.load(); });
  add_by_loop(families, gateway, kCounter, "loop_busy_seconds_total", "time that an event loop was not waiting",
              [](Shard& shard) { return std::chrono::duration<double>(shard.loop().busy()).count(); });
}

void add_events(Families& families, const Dispatcher& dispatcher, const backends::netsvr::Metrics& business) {
  const Dispatcher::Counters& counters = dispatcher.counters();
  families.counter("events_total", business.events(), "events sent to businesses");
  families.counter("event_bytes_total", business.event_bytes(), "bytes of the events sent to businesses");
  families.family(MetricType::Counter, "events_lost_total", "events that no business has handled");
  families.sample(counters.reported, {{"reason", "business_ended"}});
  families.sample(counters.expired, {{"reason", "no_business"}});
  families.sample(counters.overflowed, {{"reason", "too_many_wait"}});
  families.sample(counters.closed, {{"reason", "closed"}});
  families.counter("events_taken_back_total", counters.taken_back,
                   "events taken back from a worker that was late, and given to another");
  families.gauge("events_waiting", dispatcher.waiting_events(), "events that wait for a business");
  families.gauge("event_bytes_waiting", dispatcher.waiting_bytes(), "bytes of the messages among them");
  families.histogram("event_delivery_seconds", dispatcher.latency(),
                     "time from a client's frame to the event's delivery to a business");
  families.gauge("requests_waiting", dispatcher.waiting_requests(),
                 "HTTP requests and handshakes that wait for a worker");
  families.counter("requests_refused_total", counters.refused_requests,
                   "HTTP requests and handshakes for which no worker was free in time");
}

void add_businesses(Families& families, const MetricsSources& sources) {
  families.gauge("businesses", sources.dispatcher.businesses(), "businesses that take events, PHP workers included");
  families.gauge("business_connections", sources.business_server.connections(), "connections to the business ports");
  families.family(MetricType::Counter, "commands_total", "commands of businesses, by netsvr's names");
  for (const wire::netsvr::CommandName& row : wire::netsvr::all_commands()) {
    const auto& counts = sources.business_server.metrics().commands();
    const auto found = counts.find(row.command);
    if (found != counts.end()) families.sample(found->second, {{"command", std::string(row.name)}});
  }
  families.family(MetricType::Gauge, "workers", "PHP workers, by their state");
  if (sources.scoreboard == nullptr) return;
  constexpr std::array kStates = {WorkerState::kBooting, WorkerState::kIdle, WorkerState::kRequest, WorkerState::kEvent,
                                  WorkerState::kStopping};
  for (const WorkerState state : kStates) {
    std::uint64_t count = 0;
    for (std::uint32_t i = 0; i < sources.scoreboard->worker_slots(); ++i) {
      if (sources.scoreboard->worker(i).state.load() == state) ++count;
    }
    families.sample(count, {{"state", std::string(to_string(state))}});
  }
}

void add_spools(Families& families, const ResponseSpools& spools) {
  families.gauge("response_spool_bytes", spools.bytes(), "bytes of responses that clients have not taken, in files");
  families.counter("responses_given_up_total", spools.given_up(),
                   "responses whose clients took the least while the spool was full");
}

}  // namespace

std::string expose_metrics(const MetricsSources& sources) {
  Families families;
  add_clients(families, sources.gateway);
  add_spools(families, sources.spools);
  add_events(families, sources.dispatcher, sources.business_server.metrics());
  add_businesses(families, sources);
  return prometheus::TextSerializer().Serialize(families.list());
}

}  // namespace laraman::server
