#include <zlib.h>

#include "port_fixture.h"

namespace laraman::server {
namespace {

std::string gunzip(const std::string& encoded) {
  std::string out(16 << 20, '\0');
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(encoded.data()));
  stream.avail_in = static_cast<uInt>(encoded.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  inflate(&stream, Z_SYNC_FLUSH);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

std::string dechunk(const std::string& body) {
  std::string out;
  for (std::size_t at = 0;;) {
    const std::size_t line = body.find("\r\n", at);
    if (line == body.npos) return out;
    const std::size_t size = std::stoul(body.substr(at, line - at), nullptr, 16);
    if (size == 0) return out;
    out += body.substr(line + 2, size);
    at = line + 2 + size + 2;
  }
}

class CompressionTest : public PortFixture {
 protected:
  std::string answer(std::initializer_list<http::Headers::Field> fields, std::string_view body,
                     std::string_view accept = "gzip", std::string_view version = "HTTP/1.1",
                     std::string_view method = "GET", int status = 200) {
    Client client = connect();
    client.send(std::string(method) + " /x " + std::string(version) +
                "\r\nHost: a\r\nAccept-Encoding: " + std::string(accept) + "\r\n\r\n");
    turn();
    last().answer(status, fields, body);
    turn();
    return client.read();
  }
  std::string get(std::string_view path, std::string_view fields = "Accept-Encoding: gzip\r\n") {
    Client client = connect();
    client.send("GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n");
    std::string all;
    for (int i = 0; i < 50; ++i) {
      turn();
      all += client.read();
    }
    return all;
  }

  const std::string text = std::string(5000, 'x') + "end";
};

TEST_F(CompressionTest, IsForCompressibleResponses) {
  const std::string response =
      answer({{"Content-Type", "text/html"}, {"Content-Length", "5003"}, {"ETag", "\"a\""}}, text);
  EXPECT_TRUE(has_line(response, "Content-Encoding: gzip"));
  EXPECT_TRUE(has_line(response, "Vary: Accept-Encoding"));
  EXPECT_TRUE(has_line(response, "ETag: W/\"a\"")) << "other bytes than those of the strong one";
  EXPECT_TRUE(has_line(response, "Transfer-Encoding: chunked"));
  EXPECT_EQ(response.find("Content-Length"), std::string::npos);
  EXPECT_EQ(gunzip(dechunk(body_of(response))), text);
  EXPECT_TRUE(has_line(answer({{"Content-Type", "application/json"}, {"Content-Length", "5003"}}, text, "gzip, br"),
                       "Content-Encoding: br"));
}

TEST_F(CompressionTest, LeavesTheOthersAlone) {
  const auto untouched = [this](const std::string& response) {
    return response.find("Content-Encoding: gzip") == std::string::npos && response.find(text) != std::string::npos;
  };
  EXPECT_TRUE(untouched(answer({{"Content-Type", "image/png"}, {"Content-Length", "5003"}}, text)));
  EXPECT_TRUE(untouched(answer({{"Content-Length", "5003"}}, text)));
  EXPECT_TRUE(untouched(
      answer({{"Content-Type", "text/css"}, {"Content-Length", "5003"}, {"Cache-Control", "no-transform"}}, text)));
  EXPECT_TRUE(untouched(
      answer({{"Content-Type", "text/css"}, {"Content-Length", "5003"}, {"Content-Encoding", "zstd"}}, text)));
  EXPECT_TRUE(untouched(
      answer({{"Content-Type", "text/css"}, {"Content-Length", "5003"}, {"Content-Range", "bytes 0-5002/9000"}}, text,
             "gzip", "HTTP/1.1", "GET", 206)));
  EXPECT_TRUE(untouched(answer({{"Content-Type", "text/css"}, {"Content-Length", "5003"}}, text, "gzip", "HTTP/1.0")));
  const std::string plain = answer({{"Content-Type", "text/css"}, {"Content-Length", "5003"}}, text, "");
  EXPECT_TRUE(untouched(plain));
  EXPECT_TRUE(has_line(plain, "Vary: Accept-Encoding")) << "for caches, which others ask too";
  const std::string small = answer({{"Content-Type", "text/css"}, {"Content-Length", "5"}}, "small");
  EXPECT_EQ(body_of(small), "small");
  EXPECT_EQ(small.find("Vary"), std::string::npos);
  EXPECT_EQ(answer({{"Content-Type", "text/css"}, {"Content-Length", "0"}}, "", "gzip", "HTTP/1.1", "GET", 204)
                .find("Encoding"),
            std::string::npos);
}

TEST_F(CompressionTest, HasTheSameHeadForHead) {
  const std::string response =
      answer({{"Content-Type", "text/html"}, {"Content-Length", "5003"}}, "", "gzip", "HTTP/1.1", "HEAD");
  EXPECT_TRUE(has_line(response, "Content-Encoding: gzip"));
  EXPECT_EQ(response.find("Content-Length"), std::string::npos);
  EXPECT_EQ(body_of(response), "");
}

TEST_F(CompressionTest, LetsStreamsArriveAsTheyAreMade) {
  Client client = connect();
  client.send("GET /x HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n");
  turn();
  last().head(200, {{"Content-Type", "text/plain"}});
  last().handler->on_body("first, ");
  turn();
  std::string response = client.read();
  EXPECT_EQ(gunzip(dechunk(body_of(response))), "first, ");
  last().handler->on_body("second");
  last().handler->on_end();
  turn();
  response += client.read();
  EXPECT_EQ(gunzip(dechunk(body_of(response))), "first, second");
  EXPECT_TRUE(response.ends_with("\r\n0\r\n\r\n"));

  const std::string sent = answer({{"Content-Type", "text/event-stream"}}, "data: x\n\n");
  EXPECT_NE(sent.find("data: x"), std::string::npos) << "events are small: they go as they are";
}

TEST_F(CompressionTest, IsOffWhereItIsSetOff) {
  options.compression = false;
  EXPECT_NE(answer({{"Content-Type", "text/html"}, {"Content-Length", "5003"}}, text).find(text), std::string::npos);
}

TEST_F(CompressionTest, OfFilesGoesPieceByPiece) {
  std::string large;
  while (large.size() < (2 << 20)) large += "line " + std::to_string(large.size() * 7919 % 100'003) + "\n";
  write_file("large.js", large);
  write_file("empty.js", "");
  const std::string response = get("/large.js");
  EXPECT_TRUE(has_line(response, "Content-Encoding: gzip"));
  EXPECT_EQ(response.find("Accept-Ranges"), std::string::npos);
  EXPECT_EQ(gunzip(dechunk(body_of(response))), large);
  EXPECT_TRUE(response.ends_with("\r\n0\r\n\r\n"));
  const std::string part = get("/large.js", "Accept-Encoding: gzip\r\nRange: bytes=5-9\r\n");
  EXPECT_EQ(status_of(part), 206);
  EXPECT_EQ(body_of(part), large.substr(5, 5)) << "a range is one of the file as it is";
  EXPECT_TRUE(has_line(get("/empty.js"), "Content-Length: 0"));
}

TEST_F(CompressionTest, TakesWhatABuildHasCompressed) {
  write_file("app.js", text);
  write_file("app.js.gz", "gzipped");
  write_file("app.js.br", "brotli");
  write_file("only.css", text);
  write_file("only.css.gz", "gzipped");
  write_file("image.png", "png");
  write_file("image.png.gz", "gzipped");
  for (const bool on : {true, false}) {
    options.compression = on;
    port.reset();
    const std::string gzip = get("/app.js");
    EXPECT_TRUE(has_line(gzip, "Content-Encoding: gzip"));
    EXPECT_TRUE(has_line(gzip, "Content-Type: text/javascript; charset=utf-8"));
    EXPECT_TRUE(has_line(gzip, "Vary: Accept-Encoding"));
    EXPECT_TRUE(has_line(gzip, "Content-Length: 7"));
    EXPECT_EQ(body_of(gzip), "gzipped");
    EXPECT_EQ(body_of(get("/app.js", "Accept-Encoding: gzip, br\r\n")), "brotli");
    EXPECT_EQ(body_of(get("/only.css", "Accept-Encoding: gzip, br\r\n")), "gzipped");
    EXPECT_EQ(body_of(get("/app.js", "")), text);
    EXPECT_EQ(body_of(get("/image.png")), "png");
    EXPECT_EQ(body_of(get("/app.js.gz")), "gzipped") << "itself, by its own name";
  }
}

}  // namespace
}  // namespace laraman::server
