// Protocol 3 numbers five queries differently, and nothing in it names its version. Its messages do not fit the query
// that their number means since protocol 4: a business that sends one gets wrong answers without this hint.
#pragma once

#include <string_view>

#include "wire/netsvr_command.h"

namespace laraman::backends::netsvr {

// Whether a message with this command's number can only have come from a library of protocol 3. False where it may be
// either.
bool is_of_protocol_3(wire::netsvr::Command command, std::string_view message);

}  // namespace laraman::backends::netsvr
