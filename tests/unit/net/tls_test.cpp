// TLS under a Stream, with OpenSSL's client at the other end.
#include "net/tls.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <fstream>

#include "certificate.h"
#include "net/stream.h"
#include "recorder.h"
#include "tls_client.h"

namespace laraman::net {
namespace {

using std::chrono::milliseconds;

class TlsTest : public testing::Test {
 protected:
  TlsTest() {
    std::signal(SIGPIPE, SIG_IGN);
    serve({certificates.make("first", "DNS:first.test")});
  }

  void serve(const std::vector<TlsFiles>& files) { tls = std::move(*TlsContext::load(files)); }

  // A stream, and the client's end of it.
  void open(const char* name = nullptr) {
    int fds[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) != 0) std::abort();
    client.connect(UniqueFd(fds[1]), name);
    stream = std::move(*Stream::open(*loop, UniqueFd(fds[0]), handler, tls));
  }
  bool connect(const char* name = nullptr) {
    open(name);
    for (int i = 0; i < 10 && handler.closed == 0; ++i) {
      if (client.handshake()) {
        turn();
        return true;
      }
      turn();
    }
    return false;
  }
  void turn(int times = 1) {
    for (int i = 0; i < times; ++i) loop->run_once(milliseconds(0));
  }

  Certificates certificates;
  std::shared_ptr<const TlsContext> tls;
  std::unique_ptr<EventLoop> loop = std::move(*EventLoop::create());
  TlsClient client;
  Recorder handler;
  std::unique_ptr<Stream> stream;
};

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 + i / 251);
  return bytes;
}

TEST_F(TlsTest, CarriesBytesBothWays) {
  ASSERT_TRUE(connect());
  client.write("hello");
  turn();
  EXPECT_EQ(handler.received, "hello");
  stream->write("one, ");
  stream->write(SharedBytes("two"));
  turn();
  EXPECT_EQ(client.read(), "one, two");
  EXPECT_EQ(stream->unsent(), 0u);
  EXPECT_EQ(handler.drained, 1);
}

TEST_F(TlsTest, CarriesMuchToASlowReader) {
  ASSERT_TRUE(connect());
  const std::string bytes = pattern(3'000'000);
  for (std::size_t at = 0; at < bytes.size(); at += 1000) stream->write(std::string_view(bytes).substr(at, 1000));
  stream->write(SharedBytes(bytes));
  turn();
  EXPECT_GT(stream->unsent(), 0u) << "the socket is full";
  std::string got;
  for (int i = 0; i < 10'000 && got.size() < 2 * bytes.size(); ++i) {
    got += client.read();
    if (i == 3) stream->write("");
    turn();
  }
  EXPECT_EQ(got, bytes + bytes);
  EXPECT_EQ(handler.drained, 1);
}

TEST_F(TlsTest, TakesMuchThroughAHandlerThatLeavesALotOver) {
  ASSERT_TRUE(connect());
  // Keeps all but a byte of the buffer for as long as it can: then there is room for less than a TLS record.
  handler.consume = [](std::span<char> bytes) {
    return bytes.size() >= EventLoop::kReadBufferSize ? std::size_t{1000} : std::size_t{0};
  };
  const std::string bytes = pattern(400'000);
  std::size_t sent = 0;
  for (int i = 0; i < 20'000 && sent < bytes.size(); ++i) {
    sent += client.write(std::string_view(bytes).substr(sent));
    turn();
  }
  ASSERT_EQ(sent, bytes.size());
  turn(500);
  EXPECT_LE(handler.largest, EventLoop::kReadBufferSize);
  EXPECT_GT(handler.received.size() + EventLoop::kReadBufferSize, bytes.size());
  EXPECT_TRUE(bytes.starts_with(handler.received));
}

TEST_F(TlsTest, SendsFiles) {
  ASSERT_TRUE(connect());
  const std::string bytes = pattern(2'500'000);
  std::ofstream(certificates.path("file")) << bytes;
  auto file = std::make_shared<const UniqueFd>(::open(certificates.path("file").c_str(), O_RDONLY | O_CLOEXEC));
  stream->write("head ");
  stream->write_file(file, 10, bytes.size() - 20);
  stream->write(" tail");
  std::string got;
  for (int i = 0; i < 10'000 && got.size() < bytes.size() - 10; ++i) {
    turn();
    got += client.read();
  }
  EXPECT_EQ(got, "head " + bytes.substr(10, bytes.size() - 20) + " tail");
}

TEST_F(TlsTest, ReadsNothingWhilePaused) {
  ASSERT_TRUE(connect());
  stream->pause_reading();
  client.write("later");
  turn(3);
  EXPECT_EQ(handler.received, "");
  stream->resume_reading();
  turn(3);
  EXPECT_EQ(handler.received, "later");
}

TEST_F(TlsTest, DeliversAfterAPauseWhatTlsHasReadAlready) {
  ASSERT_TRUE(connect());
  handler.consume = [&](std::span<char> bytes) {
    stream->pause_reading();
    return std::min<std::size_t>(bytes.size(), 60'000);
  };
  const std::string bytes = pattern(75'000);
  std::size_t sent = 0;
  for (int i = 0; i < 100 && (sent < bytes.size() || handler.received.size() < bytes.size()); ++i) {
    if (sent < bytes.size()) sent += client.write(std::string_view(bytes).substr(sent));
    turn(2);
    stream->resume_reading();
    turn(2);
  }
  EXPECT_EQ(handler.received, bytes);
}

TEST_F(TlsTest, SendsAfterTheHandshakeWhatWasWrittenBefore) {
  open();
  stream->write("early");
  turn(3);
  for (int i = 0; i < 10 && !client.handshake(); ++i) turn();
  turn(2);
  EXPECT_EQ(client.read(), "early");
}

TEST_F(TlsTest, EndsWithACloseNotify) {
  ASSERT_TRUE(connect());
  stream->write("bye");
  stream->close_when_sent();
  turn(3);
  EXPECT_EQ(client.read(), "bye");
  EXPECT_TRUE(client.got_close_notify());
  EXPECT_EQ(handler.closed, 0) << "it waits for the peer";
  SSL_shutdown(client.ssl());
  turn(3);
  EXPECT_EQ(handler.closed, 1);
  EXPECT_EQ(handler.why, "");
}

TEST_F(TlsTest, ClosesAtOnceWithACloseNotify) {
  ASSERT_TRUE(connect());
  stream->close();
  turn();
  client.read();
  EXPECT_TRUE(client.got_close_notify());
  EXPECT_EQ(handler.closed, 1);
}

TEST_F(TlsTest, ReportsThatThePeerEnded) {
  ASSERT_TRUE(connect());
  client.write("last");
  SSL_shutdown(client.ssl());
  turn(3);
  EXPECT_EQ(handler.received, "last");
  EXPECT_EQ(handler.peer_ends, 1);
  stream->write("answer");
  turn();
  EXPECT_EQ(client.read(), "answer");
}

TEST_F(TlsTest, ReportsThatThePeerHungUpWithoutACloseNotify) {
  ASSERT_TRUE(connect());
  client.read();  // unread tickets would make a reset of it
  client.write("last");
  client.hang_up();
  turn(3);
  EXPECT_EQ(handler.received, "last");
  EXPECT_EQ(handler.peer_ends + handler.closed, 1);
}

TEST_F(TlsTest, ClosesWhatSpeaksNoTls) {
  open();
  ASSERT_GT(::send(client.fd(), "GET / HTTP/1.1\r\n\r\n", 18, 0), 0);
  turn(3);
  EXPECT_EQ(handler.closed, 1);
  EXPECT_NE(handler.why, "");
  EXPECT_EQ(handler.received, "");
}

TEST_F(TlsTest, ClosesWhoLeavesDuringTheHandshake) {
  open();
  client.handshake();
  turn();
  client.hang_up();
  turn(3);
  EXPECT_EQ(handler.closed, 1);
}

TEST_F(TlsTest, ShowsTheCertificateOfTheNameThatIsAskedFor) {
  serve({certificates.make("first", "DNS:first.test"), certificates.make("second", "DNS:second.test,DNS:*.wild.test")});
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"first.test", "first"},    {"second.test", "second"}, {"SECOND.test", "second"}, {"a.wild.test", "second"},
      {"a.b.wild.test", "first"}, {"other.test", "first"},   {nullptr, "first"}};
  for (const auto& [name, wanted] : cases) {
    ASSERT_TRUE(connect(name));
    EXPECT_EQ(client.peer_name(), wanted) << (name != nullptr ? name : "no name");
  }
}

TEST_F(TlsTest, RefusesVersionsBefore12) {
  SSL_CTX_set_cipher_list(client.context(), "ALL:@SECLEVEL=0");
  SSL_CTX_set_min_proto_version(client.context(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(client.context(), TLS1_1_VERSION);
  EXPECT_FALSE(connect());
  SSL_CTX_set_max_proto_version(client.context(), TLS1_2_VERSION);
  handler.closed = 0;
  EXPECT_TRUE(connect());
}

TEST_F(TlsTest, AgreesOnTheProtocolOfHttp) {
  const auto agreed = [&](std::string_view offered) -> std::string {
    SSL_CTX_set_alpn_protos(client.context(), reinterpret_cast<const unsigned char*>(offered.data()),
                            static_cast<unsigned>(offered.size()));
    if (!connect()) return "<refused>";
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(client.ssl(), &chosen, &size);
    return {reinterpret_cast<const char*>(chosen), size};
  };
  EXPECT_EQ(agreed(std::string_view("\x08http/1.1\x02h2", 12)), "h2");
  EXPECT_EQ(agreed(std::string_view("\x08http/1.1", 9)), "http/1.1");
  EXPECT_EQ(agreed(std::string_view("\x02h3", 3)), "<refused>");
}

TEST_F(TlsTest, ResumesASession) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SSL_CTX_set_max_proto_version(client.context(), version);
    ASSERT_TRUE(connect());
    client.read();  // the tickets of 1.3 come behind the handshake
    EXPECT_FALSE(SSL_session_reused(client.ssl())) << version;
    SSL_shutdown(client.ssl());
    ASSERT_TRUE(connect());
    EXPECT_TRUE(SSL_session_reused(client.ssl())) << version;
    client.read();
  }
}

TEST_F(TlsTest, NamesTheFileThatIsWrong) {
  const TlsFiles good = certificates.make("good", "DNS:good.test");
  const TlsFiles other = certificates.make("other", "DNS:other.test");
  std::ofstream(certificates.path("garbage")) << "no PEM";
  const auto subject_of = [](const TlsFiles& files) {
    auto loaded = TlsContext::load(std::vector{files});
    return loaded ? "" : loaded.error().subject;
  };
  EXPECT_EQ(subject_of(good), "");
  EXPECT_EQ(subject_of({certificates.path("absent"), good.key}), certificates.path("absent"));
  EXPECT_EQ(subject_of({certificates.path("garbage"), good.key}), certificates.path("garbage"));
  EXPECT_EQ(subject_of({good.certificate, certificates.path("absent")}), certificates.path("absent"));
  EXPECT_EQ(subject_of({good.certificate, other.key}), other.key) << "the key of another certificate";
}

}  // namespace
}  // namespace laraman::net
