#include "supervisor/php_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "temporary_directory.h"

namespace laraman::supervisor::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

// An installation of shell scripts: PREFIX/bin/laraman and its PHP programs.
class PhpPrograms : public testing::Test {
 protected:
  PhpPrograms() {
    script("bin/laraman", "");
    script("php", "echo 8.4.1");
  }

  void script(const std::string& name, const std::string& text) const {
    const fs::path path = directory_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << "#!/bin/sh\n" << text << '\n';
    fs::permissions(path, fs::perms::owner_all);
  }
  void program(const std::string& name) const { script(name, "echo \"Laraman 0.1.0, PHP ${0##*php}.9\""); }
  Result<PhpProgram> find(const std::string& wanted = {}) const {
    return find_php_program(laraman(), directory_ / "php", wanted);
  }
  std::string laraman() const { return directory_ / "bin/laraman"; }

  TemporaryDirectory directory_;
};

TEST_F(PhpPrograms, LieBesideTheProgramOrInLib) {
  program("bin/laraman-php8.2");
  program("lib/laraman/laraman-php8.4");
  program("lib/laraman/laraman-php8.2");
  std::ofstream(directory_ / "lib/laraman/laraman-php8.5") << "not executable";
  program("bin/laraman-phpunit");
  EXPECT_THAT(php_versions_of(laraman()), ElementsAre("8.2", "8.4"));
  EXPECT_EQ(php_program_of(laraman(), "8.2"), directory_ / "bin/laraman-php8.2");
  EXPECT_EQ(php_program_of(laraman(), "8.4"), directory_ / "lib/laraman/laraman-php8.4");
  EXPECT_EQ(php_program_of(laraman(), "9.0"), directory_ / "lib/laraman/laraman-php9.0");
}

TEST_F(PhpPrograms, AreFoundByTheVersionOfTheApplication) {
  program("bin/laraman-php8.2");
  program("bin/laraman-php8.4");
  EXPECT_EQ(find("8.2.29")->php_version, "8.2");
  EXPECT_EQ(find("8.2.29")->description, "Laraman 0.1.0, PHP 8.2.9");
  EXPECT_EQ(find()->php_version, "8.4") << "as the program php says";
}

TEST_F(PhpPrograms, TheOnlyOneServesWithoutAPhp) {
  program("bin/laraman-php8.2");
  fs::remove(directory_ / "php");
  EXPECT_EQ(find()->php_version, "8.2");
  program("bin/laraman-php8.4");
  EXPECT_THAT(find().error().message(),
              HasSubstr("there are programs for PHP 8.2 and 8.4 (name the application's PHP"));
}

TEST_F(PhpPrograms, SayWhatIsToBeInstalled) {
  EXPECT_THAT(find("8.2.1").error().message(),
              HasSubstr("no program laraman-php8.2 (install the package laraman-php8.2)"));
  program("bin/laraman-php8.2");
  EXPECT_THAT(find().error().message(),
              HasSubstr("the application's PHP is 8.4, and there is only laraman-php8.2 (install the package "
                        "laraman-php8.4, or name another PHP with --php)"));
}

TEST_F(PhpPrograms, SayWhyTheyCannotRun) {
  script(
      "bin/laraman-php8.4",
      "echo \"$0: error while loading shared libraries: libphp8.4.so: cannot open shared object file\" >&2; exit 127");
  EXPECT_THAT(find().error().message(),
              HasSubstr("laraman-php8.4: libphp8.4.so: cannot open shared object file (it needs "
                        "libphp8.4.so of PHP 8.4, "));
  script("bin/laraman-php8.4", "echo 'laraman: libphp8.4.so is PHP 8.3.1' >&2; exit 2");
  EXPECT_EQ(find().error().message(), "libphp8.4.so is PHP 8.3.1");
  script("bin/laraman-php8.4", "kill -9 $$");
  EXPECT_THAT(find().error().message(), HasSubstr("ended with exit code 137"));
}

}  // namespace
}  // namespace laraman::supervisor::test
