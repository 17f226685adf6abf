#include "cli/reconfiguration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace laraman::cli {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

Settings started() {
  Settings settings;
  settings.app = "/srv/current";
  settings.pool.workers = 2;
  settings.server.runtime_dir = "/srv/current/run";
  settings.pool.ini = {{"memory_limit", "1G"}};
  settings.gateway.port.allowed_origins = {"https://a"};
  return settings;
}

// With room for eight workers.
supervisor::Reconfiguration reload_with(const Settings& read) {
  Settings running = started();
  running.server.runtime_dir = "/srv/releases/1/run";
  return reconfigure(running, started(), read, 8);
}

TEST(Reconfiguration, ChangesNothingWhereNothingHasChanged) {
  EXPECT_THAT(reload_with(started()).needs_restart, IsEmpty());
  EXPECT_THAT(reload_with(started()).php_arguments,
              IsSupersetOf({"--app", "/srv/current", "--workers", "2", "--ini", "memory_limit=1G"}));
}

TEST(Reconfiguration, GivesNewWorkersWhatIsForThemAlone) {
  Settings read = started();
  read.pool.workers = 5;
  read.pool.limits.max_requests = 500;
  read.pool.limits.max_time = std::chrono::seconds(7);
  read.pool.ini = {{"memory_limit", "2G"}};
  const supervisor::Reconfiguration next = reload_with(read);
  EXPECT_THAT(next.needs_restart, IsEmpty());
  EXPECT_THAT(next.php_arguments,
              IsSupersetOf({"--workers", "5", "--max-requests", "500", "--max-time", "7", "--ini", "memory_limit=2G"}));
  EXPECT_THAT(next.php_arguments, Not(Contains("memory_limit=1G")));
}

TEST(Reconfiguration, NamesWhatNeedsARestart) {
  Settings read = started();
  read.gateway.listen.port = 9000;
  read.gateway.port.allowed_origins = {"https://a", "https://b"};
  read.server.runtime_dir = "/srv/elsewhere";
  read.log.level = log::Level::kDebug;
  const supervisor::Reconfiguration next = reload_with(read);
  EXPECT_THAT(next.needs_restart, testing::UnorderedElementsAre("port", "allow-origin", "runtime-dir", "log-level"));
  // The new workers meet the gateway that runs.
  EXPECT_THAT(next.php_arguments, IsSupersetOf({"--runtime-dir", "/srv/releases/1/run", "--log-level", "info"}));
}

TEST(Reconfiguration, KeepsTheNumberOfWorkersForWhichThereIsNoRoom) {
  Settings read = started();
  read.pool.workers = 9;
  read.pool.limits.max_requests = 500;
  const supervisor::Reconfiguration next = reload_with(read);
  EXPECT_THAT(next.needs_restart, ElementsAre("workers"));
  EXPECT_THAT(next.php_arguments, IsSupersetOf({"--workers", "2", "--max-requests", "500"}));
}

}  // namespace
}  // namespace laraman::cli
