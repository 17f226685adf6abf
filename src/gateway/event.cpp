#include "gateway/event.h"

#include <algorithm>
#include <array>

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

std::string to_string(EventKinds kinds) {
  constexpr std::array<std::string_view, Event::kKinds> kNames = {"open", "close", "message", "join", "leave"};
  std::string text;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (!kinds.contain(static_cast<Event::Kind>(i))) continue;
    if (!text.empty()) text.push_back(',');
    text.append(kNames[i]);
  }
  return text;
}

}  // namespace laraman::gateway
