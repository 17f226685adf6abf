#include "cli/setting_pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "cli/settings.h"

namespace laraman::cli {
namespace {

const SettingPage& page_of(const std::string& file) {
  for (const SettingPage& page : setting_pages()) {
    if (page.file == file) return page;
  }
  std::abort();
}

TEST(SettingPages, AreInTheRepositoryAsTheTableMakesThem) {
  for (const SettingPage& page : setting_pages()) {
    std::ifstream file(std::string(REPOSITORY) + "/" + page.file);
    const std::string present{std::istreambuf_iterator<char>(file), {}};
    const Result<std::string> made = page.make(present);
    ASSERT_TRUE(made.ok()) << page.file << ": " << made.error().message();
    EXPECT_EQ(*made, present) << page.file << " is stale: run `./dev settings`";
  }
}

TEST(SettingPages, KeepWhatIsWrittenByHand) {
  const std::string made =
      *page_of("laravel/config/laraman.php").make("before\n    'server' => [\nstale\n    ],\nbehind\n");
  EXPECT_THAT(made, testing::StartsWith("before\n    'server' => [\n        'host' => null,"));
  EXPECT_THAT(made, testing::EndsWith("\n    ],\nbehind\n"));
  EXPECT_THAT(made, testing::Not(testing::HasSubstr("stale")));
}

TEST(SettingPages, SayWhereTheirPartIsMissing) {
  for (const SettingPage& page : setting_pages()) {
    const Result<std::string> made = page.make("nothing of it");
    ASSERT_FALSE(made.ok()) << page.file;
    EXPECT_EQ(made.error().code, ErrorCode::kInvalid);
  }
}

// The names of other settings are those of the page.
TEST(SettingPages, NameSettingsAsTheirReaderWritesThem) {
  const std::string toml = *page_of("packaging/laraman.toml").make("\n# ---- \n");
  EXPECT_THAT(toml, testing::HasSubstr("[netsvr] task_listen, else task_socket"));
  const std::string php = *page_of("laravel/config/laraman.php").make("    'server' => [\n    ],\n");
  EXPECT_THAT(php, testing::HasSubstr("'socket_mode' => null,"));
  EXPECT_THAT(php, testing::HasSubstr("where host is \"unix:/path\" (0660)"));
  EXPECT_THAT(php, testing::HasSubstr("(2 GiB)"));
}

// A setting without a text would be on no page.
TEST(Setting, HasATextUnlessItSaysWhereTheFileIs) {
  for (const Setting& setting : all_settings()) {
    EXPECT_EQ(*setting.about != '\0', may_stand_in_file(setting)) << setting.name;
  }
}

}  // namespace
}  // namespace laraman::cli
