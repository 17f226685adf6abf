#include "server/access_log.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "http/request_parser.h"
#include "port_fixture.h"

namespace laraman::server {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

http::Request parse(std::string_view text) {
  http::RequestParser parser;
  EXPECT_EQ(parser.feed(text), http::RequestParser::State::kComplete);
  return parser.take();
}

std::string read(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(AccessLog, WritesTheCommonLogFormat) {
  const http::Request request = parse("GET /a\"b\xc3\xa9?x=1 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(
      format_access(AccessLog::Format::kCommon, {"192.0.2.1", &request, 200, 512, {}}, 0),
      MatchesRegex("192\\.0\\.2\\.1 - - \\[.*/19(69|70):.*\\] \"GET /a\\\\x22b\\\\xC3\\\\xA9\\?x=1 HTTP/1\\.1\" 200 "
                   "512\n"));
  const http::Request none;
  EXPECT_THAT(format_access(AccessLog::Format::kCommon, {"::1", &none, 400, 0, {}}, 0), HasSubstr("\"-\" 400 -\n"));
  EXPECT_THAT(format_access(AccessLog::Format::kCommon, {"::1", &request, 0, 0, {}}, 0), HasSubstr("\" 499 -"));
}

TEST(AccessLog, WritesJson) {
  const http::Request request =
      parse("POST /x?y HTTP/1.0\r\nHost: h\r\nReferer: http://r/\r\nUser-Agent: \"odd\"\xff\r\n\r\n");
  EXPECT_EQ(format_access(AccessLog::Format::kJson, {"192.0.2.1", &request, 404, 9, std::chrono::microseconds(1500)},
                          1'700'000'000'123),
            "{\"time\":\"2023-11-14T22:13:20.123Z\",\"client\":\"192.0.2.1\",\"method\":\"POST\",\"target\":\"/x?y\","
            "\"protocol\":\"HTTP/1.0\",\"host\":\"h\",\"status\":404,\"bytes\":9,\"seconds\":0.0015,"
            "\"referer\":\"http://r/\",\"user_agent\":\"\\\"odd\\\"\\ufffd\"}\n");
}

TEST(AccessLog, EscapesWhatCouldSteerATerminalOrEndALine) {
  const http::Request request =
      parse("GET /\xc2\x9b\xe2\x80\xa8 HTTP/1.1\r\nHost: h\r\nUser-Agent: a\xc2\x85\xe2\x80\xa9\xe2\x80\xae z\r\n\r\n");
  const std::string json = format_access(AccessLog::Format::kJson, {"::1", &request, 200, 0, {}}, 0);
  EXPECT_THAT(json, HasSubstr("\"target\":\"/\\u009b\\u2028\""));
  EXPECT_THAT(json, HasSubstr("\"user_agent\":\"a\\u0085\\u2029\\u202e z\""));
  const std::string common = format_access(AccessLog::Format::kCommon, {"::1", &request, 200, 0, {}}, 0);
  EXPECT_THAT(common, HasSubstr("\"GET /\\xC2\\x9B\\xE2\\x80\\xA8 HTTP/1.1\""));
}

TEST(AccessLog, GoesOnInANewFile) {
  const auto directory = std::filesystem::temp_directory_path() / ("laraman-log-" + std::to_string(::getpid()));
  std::filesystem::create_directories(directory);
  const std::string file = (directory / "access.log").string();
  const http::Request request = parse("GET /first HTTP/1.1\r\nHost: h\r\n\r\n");
  const http::Request second = parse("GET /second HTTP/1.1\r\nHost: h\r\n\r\n");
  {
    const auto log = std::move(*AccessLog::open({AccessLog::Format::kCommon, file}));
    log->add({"::1", &request, 200, 1, {}});
    while (read(file).empty()) ::usleep(1000);
    std::filesystem::rename(file, file + ".1");
    log->reopen();
    while (!std::filesystem::exists(file)) ::usleep(1000);
    log->add({"::1", &second, 200, 1, {}});
  }
  EXPECT_THAT(read(file + ".1"), HasSubstr("/first"));
  EXPECT_THAT(read(file), HasSubstr("/second")) << "what waits is written at the end";
  std::filesystem::remove_all(directory);
  EXPECT_FALSE(AccessLog::open({AccessLog::Format::kJson, "/nowhere/access.log"}).ok());
  EXPECT_EQ(*AccessLog::open({AccessLog::Format::kOff, "/nowhere/access.log"}), nullptr);
}

class AccessLogTest : public PortFixture {};

TEST_F(AccessLogTest, HasALineForEachRequest) {
  const std::string file = public_directory.string() + ".log";
  write_file("a.txt", "0123456789");
  shares.access_log = std::move(*AccessLog::open({AccessLog::Format::kCommon, file}));
  Client client = connect();
  say(client, "GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\nGET /app HTTP/1.1\r\nHost: a\r\n\r\n");
  last().answer(201, {{"Content-Length", "3"}}, "abc");
  turn();
  say(client, "GET /gone HTTP/1.1\r\nHost: a\r\n\r\n");
  client.close();
  turn();
  Client wrong = connect();
  say(wrong, "NO\r\n\r\n");
  port.reset();
  shares.access_log.reset();
  const std::string lines = read(file);
  EXPECT_THAT(lines, HasSubstr("\"GET /a.txt HTTP/1.1\" 200 10\n"));
  EXPECT_THAT(lines, HasSubstr("\"GET /app HTTP/1.1\" 201 3\n"));
  EXPECT_THAT(lines, HasSubstr("\"GET /gone HTTP/1.1\" 499 -\n"));
  EXPECT_THAT(lines, HasSubstr("\"-\" 400 16\n"));
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 4);
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace laraman::server
