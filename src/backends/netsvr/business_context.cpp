#include "backends/netsvr/business_context.h"

#include <bit>

#include "base/log.h"

namespace laraman::backends::netsvr {

void BusinessContext::count_refused(std::string_view reason, const std::string& peer) {
  if (!std::has_single_bit(++refused)) return;
  log::warning("business refused reason=\"{}\" peer={} refused_so_far={}", reason, peer, refused);
}

}  // namespace laraman::backends::netsvr
