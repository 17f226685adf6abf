#include "business/event_decoder.h"

#include "netsvr.pb.h"

namespace laraman::business {
namespace {

namespace netsvr = wire::netsvr;

bool parse(google::protobuf::MessageLite& message, std::string_view bytes) {
  return message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

// What all three have in common.
template <typename Message>
void take_common(Event& event, Message& message) {
  event.sequence = message.sequence();
  event.connection = std::move(*message.mutable_uniq_id());
  event.path = std::move(*message.mutable_path());
  event.meta.reserve(message.meta().size());
  for (auto& [name, value] : *message.mutable_meta()) event.meta.emplace_back(name, std::move(value));
}

template <typename Message>
void take_state(Event& event, Message& message) {
  event.user = std::move(*message.mutable_customer_id());
  event.session = std::move(*message.mutable_session());
  event.channels.reserve(static_cast<std::size_t>(message.topics_size()));
  for (std::string& topic : *message.mutable_topics()) event.channels.push_back(std::move(topic));
}

}  // namespace

std::optional<Event> decode_event(netsvr::Command command, std::string_view bytes) {
  Event event;
  switch (command) {
    case netsvr::Command::kConnOpen: {
      netsvr::ConnOpen message;
      if (!parse(message, bytes)) return std::nullopt;
      event.kind = Event::Kind::kOpen;
      take_common(event, message);
      event.query = std::move(*message.mutable_raw_query());
      event.remote_address = std::move(*message.mutable_remote_addr());
      event.forwarded_for = std::move(*message.mutable_x_forwarded_for());
      event.real_ip = std::move(*message.mutable_x_real_ip());
      return event;
    }
    case netsvr::Command::kTransfer: {
      netsvr::Transfer message;
      if (!parse(message, bytes)) return std::nullopt;
      event.kind = Event::Kind::kMessage;
      take_common(event, message);
      take_state(event, message);
      event.data = std::move(*message.mutable_data());
      event.binary = message.binary();
      return event;
    }
    case netsvr::Command::kConnClose: {
      netsvr::ConnClose message;
      if (!parse(message, bytes)) return std::nullopt;
      event.kind = Event::Kind::kClose;
      take_common(event, message);
      take_state(event, message);
      event.data = std::move(*message.mutable_reason());
      event.close_code = static_cast<std::uint16_t>(message.code());
      return event;
    }
    case netsvr::Command::kJoined:
    case netsvr::Command::kLeft: {
      netsvr::ChannelEvent message;
      if (!parse(message, bytes)) return std::nullopt;
      event.kind = command == netsvr::Command::kJoined ? Event::Kind::kJoin : Event::Kind::kLeave;
      take_common(event, message);
      event.user = std::move(*message.mutable_customer_id());
      event.session = std::move(*message.mutable_session());
      event.data = std::move(*message.mutable_topic());
      return event;
    }
    default: return std::nullopt;
  }
}

}  // namespace laraman::business
