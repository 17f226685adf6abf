#include "backends/netsvr/metrics.h"

#include <algorithm>

namespace laraman::backends::netsvr {
namespace {

using gateway::MessageRefusal;
using gateway::OpenRefusal;
using gateway::Shard;

std::uint64_t of(const Shard& shard, OpenRefusal reason) {
  return shard.counters().opens_refused[static_cast<std::size_t>(reason)].load();
}
std::uint64_t of(const Shard& shard, MessageRefusal reason) {
  return shard.counters().messages_dropped[static_cast<std::size_t>(reason)].load();
}

template <typename Read>
std::uint64_t sum(gateway::Gateway& gateway, const Read& read) {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < gateway.shard_count(); ++i) total += read(static_cast<const Shard&>(gateway.shard(i)));
  return total;
}

}  // namespace

Metrics::Metrics(gateway::Gateway& gateway, const dispatch::Dispatcher& dispatcher, std::uint32_t items)
    : gateway_(gateway),
      dispatcher_(dispatcher),
      items_(items),
      start_(gateway.shard(0).loop().now()),
      timer_(gateway.shard(0).loop(), [this] { tick(); }) {
  if (items_ != 0) timer_.start(Meter::kInterval);
}

std::uint64_t Metrics::count(MetricsItem item) const {
  switch (item) {
    case MetricsItem::kOpened: return sum(gateway_, [](const Shard& s) { return s.counters().opened.load(); });
    case MetricsItem::kClosed: return sum(gateway_, [](const Shard& s) { return s.counters().closed.load(); });
    case MetricsItem::kHeartbeats: return sum(gateway_, [](const Shard& s) { return s.counters().heartbeats.load(); });
    case MetricsItem::kEvents: return events_;
    case MetricsItem::kEventBytes: return event_bytes_;
    case MetricsItem::kMessages: return sum(gateway_, [](const Shard& s) { return s.slot().messages_sent.load(); });
    case MetricsItem::kMessageBytes:
      return sum(gateway_, [](const Shard& s) { return s.counters().bytes_sent.load(); });
    case MetricsItem::kOpensRefused: return sum(gateway_, [](const Shard& s) { return of(s, OpenRefusal::kOpens); });
    case MetricsItem::kMessagesRefused:
      return sum(gateway_, [](const Shard& s) { return of(s, MessageRefusal::kMessages); });
    case MetricsItem::kEventsLost: {
      const dispatch::Dispatcher::Counters& counters = dispatcher_.counters();
      return counters.expired + counters.overflowed + counters.reported;
    }
    case MetricsItem::kMessagesUnsent:
      return sum(gateway_, [](const Shard& s) { return s.counters().unsent_messages.load(); });
    case MetricsItem::kBytesUnsent:
      return sum(gateway_,
                 [](const Shard& s) { return s.counters().unsent_bytes.load() + s.counters().lost_bytes.load(); });
    case MetricsItem::kMessagesOverWindow:
      return sum(gateway_, [](const Shard& s) { return of(s, MessageRefusal::kWindow); });
  }
  return 0;
}

void Metrics::tick() {
  for (std::size_t item = 1; item < meters_.size(); ++item) {
    if (answers(item)) meters_[item].tick(count(static_cast<MetricsItem>(item)));
  }
  timer_.start(Meter::kInterval);
}

wire::netsvr::MetricsResp Metrics::answer(bool with_highest) const {
  wire::netsvr::MetricsResp response;
  const double seconds = std::max(std::chrono::duration<double>(gateway_.shard(0).loop().now() - start_).count(), 1e-3);
  for (std::size_t number = 1; number < meters_.size(); ++number) {
    if (!answers(number)) continue;
    const std::uint64_t total = count(static_cast<MetricsItem>(number));
    wire::netsvr::MetricsRespItem& item = (*response.mutable_items())[static_cast<std::int32_t>(number)];
    item.set_item(static_cast<std::int32_t>(number));
    item.set_count(static_cast<std::int64_t>(total));
    item.set_mean_rate(static_cast<float>(static_cast<double>(total) / seconds));
    const Meter::Rates& rates = meters_[number].rates();
    item.set_rate1(static_cast<float>(rates.rate1));
    item.set_rate5(static_cast<float>(rates.rate5));
    item.set_rate15(static_cast<float>(rates.rate15));
    if (!with_highest) continue;
    const Meter::Rates& highest = meters_[number].highest();
    item.set_highest_mean_rate(static_cast<float>(highest.mean));
    item.set_highest_rate1(static_cast<float>(highest.rate1));
    item.set_highest_rate5(static_cast<float>(highest.rate5));
    item.set_highest_rate15(static_cast<float>(highest.rate15));
  }
  return response;
}

}  // namespace laraman::backends::netsvr
