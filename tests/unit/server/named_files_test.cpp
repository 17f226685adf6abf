#include "server/named_files.h"

#include <fcntl.h>

#include "port_fixture.h"

namespace laraman::server {
namespace {

class NamedFilesTest : public PortFixture {
 protected:
  NamedFilesTest() {
    files = public_directory.string() + "-files";
    std::filesystem::create_directories(files + "/sub");
    std::ofstream(files + "/sub/report.txt") << "0123456789";
    std::ofstream(public_directory.string() + "-outside") << "outside";
    const std::vector<FileLocation> locations = {{"/internal/", files}};
    shares.named_files = *NamedFiles::open(locations);
  }
  ~NamedFilesTest() override {
    std::filesystem::remove_all(files);
    std::filesystem::remove(public_directory.string() + "-outside");
  }

  // What the client gets where the application answers with these fields.
  std::string answer(std::initializer_list<http::Headers::Field> fields, int status = 200, std::string_view asked = "",
                     std::string_view method = "GET") {
    Client client = connect();
    client.send(std::string(method) + " /download HTTP/1.1\r\nHost: a\r\n" + std::string(asked) + "\r\n");
    turn();
    last().answer(status, fields, "what the application says beside it");
    turn();
    return client.read();
  }

  std::string files;
};

TEST_F(NamedFilesTest, AreSentInPlaceOfABody) {
  const std::string path = files + "/sub/report.txt";
  for (const http::Headers::Field& field : {http::Headers::Field{"X-Sendfile", path},
                                            {"X-Accel-Redirect", "/internal/sub/report.txt"},
                                            {"x-accel-redirect", "%2Finternal%2Fsub%2Freport.txt?x=1"}}) {
    const std::string response = answer({field, {"Content-Type", "text/x-report"}, {"Content-Length", "35"}});
    EXPECT_EQ(status_of(response), 200) << field.value;
    EXPECT_TRUE(has_line(response, "Content-Type: text/x-report"));
    EXPECT_TRUE(has_line(response, "Content-Length: 10"));
    EXPECT_EQ(body_of(response), "0123456789");
    EXPECT_EQ(response.find("report.txt"), std::string::npos) << "the name stays here";
  }
}

TEST_F(NamedFilesTest, AreSentToAClientWhoseHandshakeIsRefused) {
  Client client = connect();
  client.send(
      "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  turn();
  last().answer(403, {{"X-Sendfile", files + "/sub/report.txt"}}, "beside it");
  turn();
  const std::string response = client.read();
  EXPECT_EQ(status_of(response), 403);
  EXPECT_EQ(body_of(response), "0123456789");
}

TEST_F(NamedFilesTest, AreCompleteWhenTheClientHasThemBeforeTheWorkerHasEnded) {
  std::ofstream(files + "/long.txt") << std::string(100'000, 't');
  Client client = connect();
  client.send("GET /download HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n");
  turn();
  last().head(200, {{"X-Sendfile", files + "/long.txt"}, {"Content-Type", "text/plain"}});
  turn();
  std::string response = client.read();
  turn();
  EXPECT_TRUE(has_line(response, "Content-Encoding: gzip"));
  last().handler->on_end();
  turn();
  response += client.read();
  EXPECT_TRUE(response.ends_with("\r\n0\r\n\r\n"));
}

TEST_F(NamedFilesTest, AreSentInRangesAndOnCondition) {
  const std::string path = files + "/sub/report.txt";
  const std::string part = answer({{"X-Sendfile", path}}, 200, "Range: bytes=2-4\r\n");
  EXPECT_EQ(status_of(part), 206);
  EXPECT_TRUE(has_line(part, "Content-Range: bytes 2-4/10"));
  EXPECT_EQ(body_of(part), "234");
  EXPECT_EQ(status_of(answer({{"X-Sendfile", path}}, 200, "Range: bytes=10-\r\n")), 416);
  const std::string same = answer({{"X-Sendfile", path}, {"ETag", "\"own\""}}, 200, "If-None-Match: \"own\"\r\n");
  EXPECT_EQ(status_of(same), 304);
  EXPECT_TRUE(has_line(same, "ETag: \"own\""));
  const std::string teapot = answer({{"X-Sendfile", path}}, 418, "Range: bytes=2-4\r\n");
  EXPECT_EQ(status_of(teapot), 418);
  EXPECT_EQ(body_of(teapot), "0123456789");
  const std::string head = answer({{"X-Sendfile", path}}, 200, "", "HEAD");
  EXPECT_TRUE(has_line(head, "Content-Length: 10"));
  EXPECT_EQ(body_of(head), "");
}

TEST_F(NamedFilesTest, AreOnlyThoseOfTheDirectoriesThatAreConfigured) {
  std::filesystem::create_symlink(public_directory.string() + "-outside", files + "/link");
  const std::vector<http::Headers::Field> refused = {{"X-Sendfile", "/etc/passwd"},
                                                     {"X-Accel-Redirect", "/elsewhere/report.txt"}};
  for (const http::Headers::Field& field : refused) {
    const std::string response = answer({field});
    EXPECT_EQ(status_of(response), 500) << field.value;
    EXPECT_EQ(response.find("application says"), std::string::npos);
  }
  const std::string outside = public_directory.filename().string() + "-outside";
  for (const std::string& path : {files + "/../" + outside, files + "/link", files + "/sub", files + "/none",
                                  files + "/sub/../../" + outside, files + "//sub/report.txt"}) {
    const std::string response = answer({{"X-Sendfile", path}});
    EXPECT_EQ(status_of(response), 404) << path;
  }
  EXPECT_EQ(status_of(answer({{"X-Accel-Redirect", "/internal/%2e%2e/" + outside}})), 404);
}

// As our own workers do.
TEST_F(NamedFilesTest, MayBePassedOpen) {
  const std::string path = public_directory.string() + "-outside";
  const auto pass = [&](std::initializer_list<http::Headers::Field> fields, int status, const std::string& asked) {
    Client client = connect();
    client.send("GET /download HTTP/1.1\r\nHost: a\r\n" + asked + "\r\n");
    turn();
    EXPECT_EQ(last().parameter("LARAMAN_SENDFILE"), "1");
    last().handler->on_file(UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)));
    last().answer(status, fields, "");
    turn();
    return client.read();
  };
  const std::string whole = pass({{"ETag", "\"own\""}}, 200, "If-None-Match: \"own\"\r\n");
  EXPECT_EQ(status_of(whole), 200) << "the application has looked at the conditions already";
  EXPECT_EQ(body_of(whole), "outside");
  const std::string part = pass({{"Content-Range", "bytes 1-2/7"}}, 206, "");
  EXPECT_EQ(body_of(part), "ut");
  EXPECT_TRUE(has_line(part, "Content-Length: 2"));
  EXPECT_EQ(status_of(pass({{"Content-Range", "bytes 5-7/8"}}, 206, "")), 500) << "it is shorter";
}

TEST_F(NamedFilesTest, DoNotKeepTheWorker) {
  std::filesystem::resize_file(files + "/sub/report.txt", 64 << 20);
  Client client = connect();
  client.send("GET /download HTTP/1.1\r\nHost: a\r\n\r\n");
  turn();
  last().head(200, {{"X-Sendfile", files + "/sub/report.txt"}});
  EXPECT_FALSE(last().abandoned);
  last().handler->on_end();
  turn();
  EXPECT_TRUE(last().abandoned) << "the exchange is over";
  std::size_t size = 0;
  const auto longest = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (size < (64 << 20) && std::chrono::steady_clock::now() < longest) {
    size += client.read().size();
    turn(1);
  }
  EXPECT_GT(size, 64u << 20);
}

}  // namespace
}  // namespace laraman::server
