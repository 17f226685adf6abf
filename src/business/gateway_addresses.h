// Checks of the addresses that a business is given.
#pragma once

#include <vector>

#include "laraman/business/transport.h"

namespace laraman::business {

// The same addresses with their ids: lower case, and filled in where they follow from the task port.
Result<std::vector<GatewayAddress>> check_gateways(std::vector<GatewayAddress> gateways);

}  // namespace laraman::business
