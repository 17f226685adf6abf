// EventEncoder: the gateway's events as netsvr frames. Keeps its messages from one event to the next, so that encoding
// reuses their memory; one for a thread.
#pragma once

#include <cstdint>
#include <string>

#include "gateway/event.h"
#include "netsvr.pb.h"

namespace laraman::backends::netsvr {

// The kinds of events that a business asks for. Unknown bits are ignored, as are ours of libraries that do not name
// themselves.
gateway::EventKinds event_kinds(const wire::netsvr::RegisterReq& registration);

// What a business said when it registered of the events that it wants.
struct EventForm {
  bool numbered = false;  // with sequence numbers: it acknowledges
  bool meta = false;      // with path and meta
  bool lean = false;      // messages without session and channels
  bool before_6 = false;  // ConnOpen as in protocols 3 to 5
};

class EventEncoder {
 public:
  // Appends the event's frame to `out`.
  void append(std::string& out, const gateway::Event& event, std::uint64_t sequence, const EventForm& form);

 private:
  void append_open(std::string& out, const gateway::Event& event, std::uint64_t sequence, const EventForm& form);
  void append_message(std::string& out, const gateway::Event& event, std::uint64_t sequence, const EventForm& form);
  void append_channel_event(std::string& out, const gateway::Event& event, std::uint64_t sequence,
                            const EventForm& form);
  void append_close(std::string& out, const gateway::Event& event, std::uint64_t sequence, const EventForm& form);

  wire::netsvr::ConnOpen open_;
  wire::netsvr::Transfer transfer_;
  wire::netsvr::ConnClose close_;
  wire::netsvr::ChannelEvent channel_event_;
};

}  // namespace laraman::backends::netsvr
