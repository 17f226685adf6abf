#include "supervisor/linked_address.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "supervisor/control_client.h"
#include "supervisor/runtime_directory.h"
#include "temporary_directory.h"

namespace laraman::supervisor::test {
namespace {

namespace fs = std::filesystem;

class LinkedAddressTest : public testing::Test {
 protected:
  LinkedAddressTest() {
    fs::create_directories(directory_ / "releases/1/run");
    fs::create_directories(directory_ / "releases/2");
    point_to("1");
  }

  void point_to(const std::string& release) const {
    fs::remove(directory_ / "current");
    fs::create_directory_symlink(directory_ / "releases/" + release, directory_ / "current");
  }

  TemporaryDirectory directory_;
  const std::string named_ = directory_ / "current/run";
};

TEST_F(LinkedAddressTest, KnowsAPathWithALink) {
  EXPECT_TRUE(is_linked(named_));
  EXPECT_FALSE(is_linked(directory_ / "releases/1/run"));
  EXPECT_FALSE(is_linked(directory_ / "nowhere"));
}

TEST_F(LinkedAddressTest, FindsTheServerWhereverTheLinkLeads) {
  EXPECT_EQ(connect_by_link(named_).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(ControlClient::find(named_).error().code, ErrorCode::kUnavailable);
  {
    const Result<UniqueFd> server = listen_at_link(named_);
    ASSERT_TRUE(server.ok()) << server.error().message();
    point_to("2");
    EXPECT_TRUE(connect_by_link(named_).ok());
    EXPECT_TRUE(ControlClient::find(named_).ok());
    EXPECT_EQ(connect_by_link(directory_ / "releases/1/run").error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(listen_at_link(named_).error().code, ErrorCode::kExists);
  }
  EXPECT_FALSE(connect_by_link(named_).ok());
  EXPECT_TRUE(listen_at_link(named_).ok());
}

TEST_F(LinkedAddressTest, HasRoomForALongPath) {
  const std::string path = "/" + std::string(300, 'a');
  const Result<UniqueFd> server = listen_at_link(path);
  ASSERT_TRUE(server.ok()) << server.error().message();
  EXPECT_TRUE(connect_by_link(path).ok());
  EXPECT_FALSE(connect_by_link("/" + std::string(299, 'a') + "b").ok());
}

TEST_F(LinkedAddressTest, ALaterReleaseGetsALinkToTheRuntimeDirectory) {
  const std::string place = directory_ / "releases/1/run";
  point_to("2");
  const std::string nested = directory_ / "current/storage/run";
  Result<std::string> made = link_runtime_directory(nested, place);
  ASSERT_TRUE(made.ok()) << made.error().message();
  EXPECT_EQ(*made, directory_ / "releases/2/storage/run");
  EXPECT_TRUE(fs::equivalent(nested, place));
  EXPECT_EQ(*link_runtime_directory(nested, place), "") << "it is there";

  // The first release is gone: the link is replaced, by the next server too.
  fs::remove_all(place);
  EXPECT_EQ(*link_runtime_directory(nested, directory_ / "releases/1"), *made);
  fs::remove(nested);
  fs::create_directory_symlink(place, nested);
  const Result<std::string> own = make_runtime_directory(nested);
  ASSERT_TRUE(own.ok()) << own.error().message();
  EXPECT_EQ(*own, *made);
}

}  // namespace
}  // namespace laraman::supervisor::test
