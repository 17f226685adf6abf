#include "backends/netsvr/event_encoder.h"

#include <array>

#include "http/syntax.h"
#include "websocket/utf8.h"
#include "wire/netsvr_frame.h"

namespace laraman::backends::netsvr {
namespace {

namespace netsvr = wire::netsvr;
using gateway::ConnectionInfo;
using gateway::Event;
using netsvr::Command;
using websocket::as_utf8;

// What all three have in common.
template <typename Message>
void set_common(Message& message, const Event& event, std::uint64_t sequence, const EventForm& form) {
  message.set_uniq_id(event.connection.hex());
  if (form.numbered) message.set_sequence(sequence);
  if (!form.meta) return;
  message.set_path(as_utf8(event.info->request.path()));
  for (const auto& [name, value] : event.info->meta) (*message.mutable_meta())[as_utf8(name)] = as_utf8(value);
}

template <typename Message>
void set_state(Message& message, const Event& event) {
  message.set_session(event.info->session);
  if (!event.channels) return;
  for (const std::string& channel : *event.channels) message.add_topics(channel);
}

}  // namespace

gateway::EventKinds event_kinds(const netsvr::RegisterReq& registration) {
  // Bits 0, 1 and 2 are netsvr's, the others ours.
  constexpr std::array kByBit = {Event::Kind::kOpen, Event::Kind::kClose, Event::Kind::kMessage, Event::Kind::kJoin,
                                 Event::Kind::kLeave};
  constexpr std::size_t kNetsvrBits = 3;
  const std::size_t bits = registration.library().empty() ? kNetsvrBits : kByBit.size();
  gateway::EventKinds kinds;
  for (std::size_t bit = 0; bit < bits; ++bit) {
    if ((registration.events() >> bit & 1) != 0) kinds |= {kByBit[bit]};
  }
  return kinds;
}

void EventEncoder::append(std::string& out, const Event& event, std::uint64_t sequence, const EventForm& form) {
  switch (event.kind) {
    case Event::Kind::kOpen: return append_open(out, event, sequence, form);
    case Event::Kind::kMessage: return append_message(out, event, sequence, form);
    case Event::Kind::kClose: return append_close(out, event, sequence, form);
    case Event::Kind::kJoin:
    case Event::Kind::kLeave: return append_channel_event(out, event, sequence, form);
  }
}

void EventEncoder::append_open(std::string& out, const Event& event, std::uint64_t sequence, const EventForm& form) {
  const ConnectionInfo& info = *event.info;
  if (form.before_6) {
    netsvr::ConnOpenBefore6 message;
    message.set_uniq_id(event.connection.hex());
    message.set_raw_query(as_utf8(info.request.query()));
    std::string_view offered = event.data.view();
    for (auto name = http::take_list_element(offered); !name.empty(); name = http::take_list_element(offered)) {
      message.add_sub_protocol(std::string(name));
    }
    message.set_x_forwarded_for(as_utf8(info.request.forwarded_for()));
    message.set_x_real_ip(as_utf8(info.request.real_ip()));
    message.set_remote_addr(std::string(info.request.remote_address()));
    netsvr::append_frame(out, Command::kConnOpen, message);
    return;
  }
  open_.Clear();
  set_common(open_, event, sequence, form);
  open_.set_raw_query(as_utf8(info.request.query()));
  open_.set_x_forwarded_for(as_utf8(info.request.forwarded_for()));
  open_.set_x_real_ip(as_utf8(info.request.real_ip()));
  open_.set_remote_addr(std::string(info.request.remote_address()));
  netsvr::append_frame(out, Command::kConnOpen, open_);
}

void EventEncoder::append_message(std::string& out, const Event& event, std::uint64_t sequence, const EventForm& form) {
  transfer_.Clear();
  set_common(transfer_, event, sequence, form);
  transfer_.set_customer_id(event.info->user);
  if (!form.lean) set_state(transfer_, event);
  transfer_.set_data(event.text().data(), event.text().size());
  transfer_.set_binary(event.message.type() == gateway::MessageType::kBinary);
  netsvr::append_frame(out, Command::kTransfer, transfer_);
}

void EventEncoder::append_channel_event(std::string& out, const Event& event, std::uint64_t sequence,
                                        const EventForm& form) {
  channel_event_.Clear();
  set_common(channel_event_, event, sequence, form);
  channel_event_.set_customer_id(event.info->user);
  channel_event_.set_session(event.info->session);
  channel_event_.set_topic(std::string(event.data.view()));
  netsvr::append_frame(out, event.kind == Event::Kind::kJoin ? Command::kJoined : Command::kLeft, channel_event_);
}

void EventEncoder::append_close(std::string& out, const Event& event, std::uint64_t sequence, const EventForm& form) {
  close_.Clear();
  set_common(close_, event, sequence, form);
  close_.set_customer_id(event.info->user);
  set_state(close_, event);
  close_.set_code(event.close_code);
  close_.set_reason(as_utf8(event.data.view()));
  netsvr::append_frame(out, Command::kConnClose, close_);
}

}  // namespace laraman::backends::netsvr
