// packaging/laraman.toml names every setting, with its default.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include "cli/settings.h"

namespace laraman::cli {
namespace {

namespace fs = std::filesystem;

// The example with the "#" taken away from keys and sections, in a directory of its own.
class ExampleFileTest : public testing::Test {
 protected:
  ExampleFileTest() {
    std::string name = (fs::temp_directory_path() / "laraman-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    app_ = name;
    for (const Setting& setting : all_settings()) ::unsetenv(variable_of(setting).c_str());
    std::ifstream example(EXAMPLE_FILE);
    std::ofstream file(app_ + "/laraman.toml");
    for (std::string line; std::getline(example, line);) {
      static const std::regex commented(R"(#(\[[a-z]+\]|[a-z_0-9]+ = .*))");
      file << (std::regex_match(line, commented) ? line.substr(1) : line) << '\n';
    }
  }
  ~ExampleFileTest() override { fs::remove_all(app_); }

  std::string app_;
};

TEST_F(ExampleFileTest, HasEverySetting) {
  const Result<Given> given = read_settings_file(app_ + "/laraman.toml");
  ASSERT_TRUE(given.ok()) << given.error().message();
  for (const Setting& setting : all_settings()) {
    EXPECT_EQ(given->count(setting.name) == 1, may_stand_in_file(setting)) << place_in_file(setting);
  }
}

TEST_F(ExampleFileTest, HasDefaults) {
  const Result<Settings> example = resolve_settings({{"app", {app_}}});
  ASSERT_TRUE(example.ok()) << example.error().message();
  fs::remove(app_ + "/laraman.toml");
  const Result<Settings> defaults = resolve_settings({{"app", {app_}}});
  for (const Setting& setting : all_settings()) {
    if (std::string(setting.name) == "public") continue;  // of `laraman start`, where the folder exists
    EXPECT_EQ(setting.access.get(*example), setting.access.get(*defaults)) << place_in_file(setting);
  }
}

}  // namespace
}  // namespace laraman::cli
