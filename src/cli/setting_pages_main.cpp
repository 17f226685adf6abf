// Writes the pages that are made from the table of settings: `laraman_setting_pages ROOT`, which `./dev settings` runs.
#include <fmt/core.h>

#include <fstream>
#include <iterator>
#include <string>

#include "cli/setting_pages.h"

int main(int argc, char** argv) {
  using namespace laraman;
  if (argc != 2) {
    fmt::print(stderr, "usage: {} ROOT\n", argv[0]);
    return 2;
  }
  for (const cli::SettingPage& page : cli::setting_pages()) {
    const std::string path = std::string(argv[1]) + "/" + page.file;
    std::ifstream file(path);
    const std::string present{std::istreambuf_iterator<char>(file), {}};
    const Result<std::string> made = page.make(present);
    if (!made) {
      fmt::print(stderr, "{}: {}\n", path, made.error().message());
      return 1;
    }
    if (*made == present) continue;
    std::ofstream(path) << *made;
    fmt::print("{}\n", page.file);
  }
  return 0;
}
