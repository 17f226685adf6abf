#include "supervisor/file_watcher.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "temporary_directory.h"

namespace laraman::supervisor::test {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

class FileWatcherTest : public testing::Test {
 protected:
  FileWatcherTest() {
    fs::create_directories(directory / "app/Models");
    write_file(directory / "app/Models/User.php", "<?php");
    write_file(directory / "app/notes.txt", "");
    watcher = std::make_unique<FileWatcher>(
        *loop, std::vector<std::string>{directory / "app", directory / "bootstrap", directory / ".env"},
        [this] { ++changes; });
  }
  // Turns until a change is told, for at most `longest`.
  int changes_within(Duration longest) {
    const TimePoint end = monotonic_now() + longest;
    while (changes == 0 && monotonic_now() < end) loop->run_once(milliseconds(20));
    return std::exchange(changes, 0);
  }

  TemporaryDirectory directory;
  std::unique_ptr<net::EventLoop> loop = std::move(*net::EventLoop::create());
  int changes = 0;
  std::unique_ptr<FileWatcher> watcher;
};

TEST_F(FileWatcherTest, TellsThatCodeChanged) {
  write_file(directory / "app/Models/User.php", "<?php class User {}");
  EXPECT_EQ(changes_within(milliseconds(1500)), 1);
  write_file(directory / "app/Models/Room.php", "<?php");
  EXPECT_EQ(changes_within(milliseconds(1500)), 1);
  fs::remove(directory / "app/Models/Room.php");
  EXPECT_EQ(changes_within(milliseconds(1500)), 1);
  write_file(directory / "app/Models/User.php~", "<?php class Us");
  fs::rename(directory / "app/Models/User.php~", directory / "app/Models/User.php");  // as editors save
  EXPECT_EQ(changes_within(milliseconds(1500)), 1);
}

TEST_F(FileWatcherTest, SeesDirectoriesAndFilesThatComeLater) {
  write_file(directory / ".env", "APP_NAME=New");
  EXPECT_EQ(changes_within(milliseconds(1500)), 1);
  fs::create_directories(directory / "app/Jobs");
  write_file(directory / "app/Jobs/Ship.php", "<?php");
  EXPECT_EQ(changes_within(milliseconds(1500)), 1);
  write_file(directory / "app/Jobs/Ship.php", "<?php class Ship {}");
  EXPECT_EQ(changes_within(milliseconds(1500)), 1);
}

TEST_F(FileWatcherTest, TellsOnceOfSeveralChangesTogether) {
  for (int i = 0; i < 20; ++i) write_file(directory / ("app/File" + std::to_string(i) + ".php"), "<?php");
  EXPECT_EQ(changes_within(milliseconds(1500)), 1);
  EXPECT_EQ(changes_within(milliseconds(300)), 0);
}

TEST_F(FileWatcherTest, SaysNothingOfWhatIsNoCodeOfTheApplication) {
  fs::create_directories(directory / "bootstrap/cache");
  write_file(directory / "bootstrap/cache/packages.php", "<?php");
  write_file(directory / "app/notes.txt", "more");
  write_file(directory / "app/.User.php.swp", "x");
  write_file(directory / "unwatched.php", "<?php");
  EXPECT_EQ(changes_within(FileWatcher::kInterval + milliseconds(300)), 0);
}

}  // namespace
}  // namespace laraman::supervisor::test
