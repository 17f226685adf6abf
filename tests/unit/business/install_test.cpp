// What a user does with the library: installs it, builds the example with find_package, and runs it behind a gateway.
// And the manual: each of its blocks of code is a piece of that example.
#include <gmock/gmock.h>

#include "process.h"
#include "temporary_directory.h"

namespace laraman::business {
namespace {

const std::string kBuild = LARAMAN_BUILD;    // the build folder
const std::string kSource = LARAMAN_SOURCE;  // the repository
const std::string kProgram = LARAMAN_PROGRAM;

TEST(InstalledLibrary, BuildsAndRunsTheExample) {
  const TemporaryDirectory folder;
  ASSERT_TRUE(run({"cmake", "--install", kBuild, "--component", "business", "--prefix", folder / "prefix"},
                  folder / "install.log"));
  ASSERT_TRUE(run({"cmake", "-S", kSource + "/examples/business-cpp", "-B", folder / "build",
                   "-DCMAKE_CXX_FLAGS=-Wall -Werror", "-DCMAKE_PREFIX_PATH=" + (folder / "prefix")},
                  folder / "configure.log"));
  ASSERT_TRUE(run({"cmake", "--build", folder / "build"}, folder / "build.log"));

  GatewayProcess gateway(kProgram, folder.path());
  Process chat({folder / "build/business-chat", folder / "worker.sock", folder / "task.sock"}, folder / "chat.log");
  ASSERT_TRUE(gateway.process().says("business registered"));
  RealClient ada = gateway.connect();
  EXPECT_EQ(ada.next().payload, "welcome to the lobby");
  ada.send("/name Ada");
  EXPECT_EQ(ada.next().payload, "you are Ada");
  RealClient grace = gateway.connect();
  EXPECT_EQ(grace.next().payload, "welcome to the lobby");
  grace.send("hello");
  EXPECT_EQ(ada.next().payload, "somebody: hello");
  EXPECT_EQ(grace.next().payload, "somebody: hello");
  grace.send("/who");
  EXPECT_EQ(grace.next().payload, "here: Ada");
  ada.send("/join garden");
  EXPECT_EQ(ada.next().payload, "you are in garden");
  grace.send("/join garden");
  EXPECT_EQ(grace.next().payload, "you are in garden");
  EXPECT_TRUE(run({folder / "build/business-announce", "back at six", folder / "task.sock"}, folder / "announce.log"));
  EXPECT_EQ(read_file(folder / "announce.log"), "1 users\n");
  EXPECT_EQ(ada.next().payload, "back at six");
  EXPECT_EQ(grace.next().payload, "back at six");
  ada.send("/leave");
  EXPECT_EQ(ada.next().payload, "goodbye");
  EXPECT_EQ(ada.next().opcode, 8);
  ada.end();
  EXPECT_EQ(grace.next().payload, "Ada has left");
  EXPECT_EQ(chat.end(SIGTERM), 0) << chat.log();
}

// The blocks of one language in a Markdown file.
std::vector<std::string> blocks_of(const std::string& markdown, const std::string& language) {
  std::vector<std::string> blocks;
  const std::string begin = "```" + language + "\n";
  for (std::size_t at = markdown.find(begin); at != std::string::npos; at = markdown.find(begin, at)) {
    at += begin.size();
    blocks.push_back(markdown.substr(at, markdown.find("```", at) - at));
  }
  return blocks;
}

TEST(Manual, ShowsPiecesOfTheExample) {
  const std::string manual = read_file(kSource + "/docs/how-to/cpp-business.md");
  const std::string example = kSource + "/examples/business-cpp/";
  const std::string sources = read_file(example + "main.cpp") + read_file(example + "announce.cpp");
  const std::vector<std::string> code = blocks_of(manual, "cpp");
  EXPECT_THAT(code, testing::Not(testing::IsEmpty()));
  for (const std::string& block : code) EXPECT_THAT(sources, testing::HasSubstr(block));
  const std::vector<std::string> lists = blocks_of(manual, "cmake");
  EXPECT_THAT(lists, testing::Not(testing::IsEmpty()));
  for (const std::string& block : lists) EXPECT_THAT(read_file(example + "CMakeLists.txt"), testing::HasSubstr(block));
}

}  // namespace
}  // namespace laraman::business
