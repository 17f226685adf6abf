#include "cli/application_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/minor_version.h"
#include "cli/settings.h"

namespace laraman::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

TEST(ApplicationSettings, AreReadFromTheAnswer) {
  const Result<ApplicationSettings> settings = read_application_settings(json::parse(R"({
    "config": {"port": 8001, "limit_window": 0.5, "http_compression": false, "host": "::1", "allow_origin": ["a", "b"],
               "ini": {"memory_limit": "1G", "opcache.enable": true}, "workers": "", "tls_key": [], "user": null},
    "dotenv": {"LARAMAN_LOOPS": "2"}, "storage_path": "/srv/storage", "public_path": "/srv/public"})"));
  ASSERT_TRUE(settings.ok()) << settings.error().message();
  EXPECT_EQ(settings->config.size(), 6U);
  EXPECT_EQ(settings->config.at("port"), 8001);
  EXPECT_EQ(settings->config.at("http_compression"), false);
  EXPECT_EQ(settings->config.at("host"), "::1");
  EXPECT_EQ(settings->config.at("ini").size(), 2U);
  EXPECT_EQ(settings->dotenv.at("LARAMAN_LOOPS"), "2");
  EXPECT_EQ(settings->storage_path, "/srv/storage");
  EXPECT_EQ(settings->public_path, "/srv/public");
}

TEST(ApplicationSettings, AnAnswerThatCannotBeIsRefused) {
  for (const char* answer :
       {"[]", "5", "{}", R"({"config": {}})", R"({"config": {}, "dotenv": {"LARAMAN_PORT": 5}})"}) {
    EXPECT_THAT(read_application_settings(json::parse(answer)).error().message(), HasSubstr("not understood"));
  }
}

TEST(ApplicationSettings, APackageOfAnotherVersionIsRefused) {
  const auto read = [](const std::string& version) {
    return read_application_settings(
        {{"config", json::object()}, {"dotenv", json::object()}, {"package_version", version}});
  };
  EXPECT_TRUE(read(LARAMAN_VERSION));
  EXPECT_TRUE(read(minor_version(LARAMAN_VERSION) + ".999"));
  EXPECT_THAT(read("999.1.0").error().message(),
              AllOf(HasSubstr("and the package laraman/laraman 999.1.0"),
                    HasSubstr("composer require laraman/laraman:~"), HasSubstr("php artisan laraman:install")));
}

// A directory with an artisan of the test's own.
class AskApplicationTest : public testing::Test {
 protected:
  AskApplicationTest() {
    std::string name = (fs::temp_directory_path() / "laraman-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    app_ = name;
  }
  ~AskApplicationTest() override { fs::remove_all(app_); }

  // `script` is run by the shell in place of PHP: its arguments are those of artisan.
  Result<ApplicationSettings> ask(const std::string& script, Duration limit = std::chrono::seconds(20)) const {
    std::ofstream(app_ + "/artisan") << script;
    return ask_application("/bin/sh", app_, limit);
  }

  std::string app_;
};

TEST_F(AskApplicationTest, GetsTheAnswerBesideWhatIsPrinted) {
  const Result<ApplicationSettings> settings = ask(R"(
    echo "Deprecated: something"; [ "$*" = "--no-ansi laraman:settings --json" ] || exit 1
    head -c 200000 /dev/zero
    echo '{"config": {"port": 81}, "dotenv": {}}' >&$LARAMAN_SETTINGS_FD)");
  ASSERT_TRUE(settings.ok()) << settings.error().message();
  EXPECT_EQ(settings->config.at("port"), 81);
}

TEST_F(AskApplicationTest, ReportsTheFirstUsefulLine) {
  EXPECT_EQ(ask("printf '\\n   ParseError \\n\\n  syntax error\\n\\n  at routes/web.php:3\\n'; exit 1").error().what,
            "ParseError: syntax error");
  EXPECT_EQ(ask("printf '\\nIn web.php line 3:\\n  \\n  syntax error  \\n'; exit 1").error().what,
            "syntax error (In web.php line 3)");
  EXPECT_EQ(ask("echo 'PHP Fatal error:  no class in /srv/a.php on line 3'; echo more; exit 255").error().what,
            "PHP Fatal error:  no class in /srv/a.php on line 3");
  EXPECT_EQ(ask("printf '\\n  The environment file is invalid! \\n  Invalid name.\\n'; exit 1").error().what,
            "The environment file is invalid! Invalid name.");
  EXPECT_EQ(ask("exit 3").error().what, "ended with exit code 3 and gave no answer");
  EXPECT_EQ(ask("kill -9 $$").error().what, "ended by signal 9 (Killed) and gave no answer");
  EXPECT_THAT(ask("sleep 60", std::chrono::milliseconds(200)).error().what, HasSubstr("not ready within 0.2 s"));
  EXPECT_THAT(ask("echo {} >&$LARAMAN_SETTINGS_FD").error().message(), HasSubstr("not understood"));
  EXPECT_THAT(ask_application("/nonexistent/php", app_, std::chrono::seconds(20)).error().what, HasSubstr("not found"));
}

}  // namespace
}  // namespace laraman::cli
