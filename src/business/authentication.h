// The shared secret by which a business makes itself known: the first command of a connection.
#pragma once

#include <string>
#include <string_view>

#include "laraman/base/result.h"

namespace laraman::business {

class FrameSocket;

// The encoded Authenticate message.
std::string authentication(const std::string& secret);
// What the gateway's reply to it on `socket` means.
Result<void> check_authentication(const FrameSocket& socket, std::string_view reply);

}  // namespace laraman::business
