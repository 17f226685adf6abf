#include "http/static_root.h"
#include "temporary_directory.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace laraman::http {
namespace {

namespace fs = std::filesystem;

class StaticRootTest : public testing::Test {
 protected:
  StaticRootTest() {
    fs::create_directories(base_ / "public/build/assets");
    fs::create_directories(base_ / "public/.well-known");
    fs::create_directories(base_ / "outside");
    write("public/robots.txt", "User-agent: *\n");
    write("public/build/assets/app name.js", "js");
    write("public/.well-known/security.txt", "x");
    write("public/.htaccess", "x");
    write("public/index.php", "<?php");
    write("outside/avatar.png", "png");
    write("secret.txt", "secret");
  }

  void write(const std::string& name, const std::string& text) const { std::ofstream(base_ / name) << text; }

  // The content of what `path` is answered with; "-" if it is not found.
  std::string get(std::string_view path) const {
    const auto root = StaticRoot::open((base_ / "public").string());
    EXPECT_TRUE(root.ok());
    const auto file = root->find(path);
    if (!file) return "-";
    std::string content(file->size, '\0');
    EXPECT_EQ(::pread(file->file->get(), content.data(), content.size(), 0), static_cast<ssize_t>(file->size));
    return content;
  }

  TemporaryDirectory directory_;
  const fs::path base_{directory_.path()};
};

TEST(StaticPath, ResolvesWithinTheRootOnly) {
  EXPECT_EQ(resolve_static_path("/a/b.css"), "a/b.css");
  EXPECT_EQ(resolve_static_path("/a%20b/%c3%a9.txt"), "a b/\xc3\xa9.txt");
  EXPECT_EQ(resolve_static_path("/.well-known/x"), ".well-known/x");
  EXPECT_EQ(resolve_static_path("/a..b/c...d"), "a..b/c...d");
  for (const char* path : {"",           "*",       "a",          "/",      "//a",          "/a//b",    "/a/",
                           "/../a",      "/a/../b", "/a/..",      "/./a",   "/%2e%2e/a",    "/%2E./a",  "/a/%2e/b",
                           "/a%2fb",     "/..%2fa", "/a%00.txt",  "/%zz",   "/a%",          "/.env",    "/.git/config",
                           "/a/.hidden", "/%2eenv", "/index.php", "/a.PHP", "/a.php/b.txt", "/a.phtml", "/a.phar",
                           "/a%2ephp"}) {
    EXPECT_EQ(resolve_static_path(path), "") << path;
  }
}

TEST_F(StaticRootTest, ServesFiles) {
  EXPECT_EQ(get("/robots.txt"), "User-agent: *\n");
  EXPECT_EQ(get("/build/assets/app%20name.js"), "js");
  EXPECT_EQ(get("/.well-known/security.txt"), "x");
}

TEST_F(StaticRootTest, LeavesTheRestToTheApplication) {
  for (const char* path : {"/", "/missing", "/build", "/build/", "/robots.txt/x", "/index.php", "/.htaccess"}) {
    EXPECT_EQ(get(path), "-") << path;
  }
}

TEST_F(StaticRootTest, HasNoWayOut) {
  fs::create_symlink(base_ / "secret.txt", base_ / "public/absolute.txt");
  fs::create_symlink("../secret.txt", base_ / "public/relative.txt");
  fs::create_directory_symlink("..", base_ / "public/up");
  fs::create_directory_symlink("/etc", base_ / "public/etc");
  fs::create_symlink("robots.txt", base_ / "public/inside.txt");
  EXPECT_EQ(get("/inside.txt"), "User-agent: *\n");
  for (const char* path : {"/absolute.txt", "/relative.txt", "/up/secret.txt", "/etc/passwd", "/../secret.txt",
                           "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/build/../../secret.txt"}) {
    EXPECT_EQ(get(path), "-") << path;
  }
}

TEST_F(StaticRootTest, FollowsTheStorageLinkAndStaysThere) {
  EXPECT_EQ(get("/storage/avatar.png"), "-");
  fs::create_directory_symlink("../outside", base_ / "public/storage");
  fs::create_symlink("../secret.txt", base_ / "outside/link.txt");
  write("outside/shell.php", "<?php");
  EXPECT_EQ(get("/storage/avatar.png"), "png");
  EXPECT_EQ(get("/storage/link.txt"), "-");
  EXPECT_EQ(get("/storage/shell.php"), "-");
  EXPECT_EQ(get("/storage/../secret.txt"), "-");
  EXPECT_EQ(get("/storage"), "-");
  EXPECT_EQ(get("/storage/"), "-");
}

TEST_F(StaticRootTest, DoesNotWaitForAFifo) {
  ASSERT_EQ(::mkfifo((base_ / "public/fifo").c_str(), 0600), 0);
  EXPECT_EQ(get("/fifo"), "-");
}

TEST_F(StaticRootTest, ChangesTheTagWithTheContent) {
  const auto root = StaticRoot::open((base_ / "public").string());
  const std::string before = root->find("/robots.txt")->etag;
  EXPECT_TRUE(before.starts_with('"') && before.ends_with('"'));
  EXPECT_EQ(root->find("/robots.txt")->etag, before);
  write("public/robots.txt", "other");
  EXPECT_NE(root->find("/robots.txt")->etag, before);
}

TEST(StaticRoot, NamesADirectoryThatIsNotThere) {
  const auto root = StaticRoot::open("/no/such/directory");
  ASSERT_FALSE(root.ok());
  EXPECT_EQ(root.error().subject, "/no/such/directory");
}

}  // namespace
}  // namespace laraman::http
