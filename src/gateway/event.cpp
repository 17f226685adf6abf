#include "gateway/event.h"

#include <algorithm>

namespace laraman::gateway {

void set_meta(ConnectionInfo& info, std::string_view name, std::string_view value) {
  const auto same =
      std::find_if(info.meta.begin(), info.meta.end(), [&](const auto& item) { return item.first == name; });
  if (value.empty()) {
    if (same != info.meta.end()) info.meta.erase(same);
  } else if (same == info.meta.end()) {
    info.meta.emplace_back(name, value);
  } else {
    same->second = value;
  }
}

}  // namespace laraman::gateway
