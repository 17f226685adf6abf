// laraman.toml: whatever is in it, it is read or refused with words that name the file; and what is read are settings
// that exist.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "cli/settings.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const int file = ::memfd_create("laraman.toml", MFD_CLOEXEC);
  static const std::string path = "/proc/self/fd/" + std::to_string(file);
  if (::ftruncate(file, 0) != 0 || ::pwrite(file, data, size, 0) != static_cast<ssize_t>(size)) std::abort();

  const auto given = laraman::cli::read_settings_file(path);
  if (!given) {
    if (given.error().message().find(path) == std::string::npos) std::abort();
    return 0;
  }
  laraman::cli::Settings settings;
  const auto& known = laraman::cli::all_settings();
  for (const auto& entry : *given) {
    const auto setting =
        std::find_if(known.begin(), known.end(), [&](const auto& one) { return entry.first == one.name; });
    if (setting == known.end() || !laraman::cli::may_stand_in_file(*setting)) std::abort();
    for (const std::string& value : entry.second) {
      const auto set = setting->access.set(settings, value, "/srv/app");
      if (!set.ok()) break;
    }
    setting->access.get(settings);
  }
  return 0;
}
