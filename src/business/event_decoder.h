// Netsvr's event messages as Events.
#pragma once

#include <optional>
#include <string_view>

#include "laraman/business/event.h"
#include "wire/netsvr_command.h"

namespace laraman::business {

// The event that a frame of kind ConnOpen, Transfer, ConnClose, Joined or Left brings; empty if the message is
// malformed.
std::optional<Event> decode_event(wire::netsvr::Command command, std::string_view message);

}  // namespace laraman::business
