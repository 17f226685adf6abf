#include "clients/compression.h"

#include "../gateway/gateway_fixture.h"
#include "websocket/deflate.h"

namespace laraman::gateway {
namespace {

using websocket::CompressionMode;
using websocket::DeflateAgreement;

constexpr DeflateAgreement kShared{.server_window_bits = 15, .client_window_bits = 15};
constexpr DeflateAgreement kContext{
    .server_window_bits = 15, .client_window_bits = 15, .server_context = true, .client_context = true};

// The bytes of a compressed frame with a payload of less than 126 bytes, from the client's side.
struct Inflated {
  int first_byte = 0;
  std::string message;
};

class CompressionTest : public GatewayFixture {
 protected:
  void SetUp() override {
    clients::WebSocketOptions options;
    options.compression.mode = CompressionMode::kContext;
    make(gateway::ShardOptions(), {}, options);
  }

  Shard& last() { return gateway->shard(static_cast<std::size_t>(GetParam() - 1)); }

  static Inflated read(Client& client, websocket::Inflater& inflater) {
    const std::string frame = client.read();
    Inflated inflated;
    EXPECT_GE(frame.size(), 2u);
    EXPECT_EQ(frame.size(), 2u + static_cast<std::uint8_t>(frame[1]));
    inflated.first_byte = static_cast<std::uint8_t>(frame[0]);
    EXPECT_EQ(inflater.inflate(std::string_view(frame).substr(2), 1 << 20, inflated.message),
              websocket::Inflater::Outcome::kDone);
    return inflated;
  }

  static std::string deflated(std::string_view message) {
    websocket::Deflater deflater(6, 15, false);
    std::string payload;
    deflater.deflate(message, payload);
    return payload;
  }

  const std::string long_text = std::string(300, 'x') + "\xc3\xb6" + std::string(300, 'y');
};
INSTANTIATE_TEST_SUITE_P(Loops, CompressionTest, testing::Values(1, 4));

TEST_P(CompressionTest, CompressesForThoseWhoAgreed) {
  Beginning info;
  info.channels = {"room"};
  Client plain = connect(info);
  Client shared = connect(info, nullptr, -1, kShared);
  Client other_loop = connect(info, nullptr, 0, kShared);
  Client context = connect(info, nullptr, -1, kContext);
  gateway->commands().publish(first(), {"room", text(long_text), {}});
  turn();
  EXPECT_EQ(plain.read(), std::string("\x81\x7e\x02\x5a") + long_text);
  websocket::Inflater inflater(15, false);
  for (Client* client : {&shared, &other_loop, &context}) {
    const Inflated inflated = read(*client, inflater);
    EXPECT_EQ(inflated.first_byte, 0xc1);
    EXPECT_EQ(inflated.message, long_text);
  }
}

TEST_P(CompressionTest, SendsShortMessagesAndThoseThatWouldGrowAsTheyAre) {
  Client client = connect({}, nullptr, -1, kShared);
  gateway->commands().broadcast(first(), {text("short")});
  turn();
  EXPECT_EQ(client.read(), text_frame("short"));
  std::string random(300, '\0');
  for (char& c : random) c = static_cast<char>(rand());
  gateway->commands().broadcast(first(), {Message(MessageType::kBinary, random)});
  turn();
  EXPECT_EQ(client.read(), "\x82\x7e\x01\x2c" + random);
}

TEST_P(CompressionTest, KeepsTheContextFromMessageToMessage) {
  Client client = connect({}, nullptr, -1, kContext);
  websocket::Inflater inflater(15, true);
  std::string sizes[2];
  for (std::string& message : sizes) {
    gateway->commands().broadcast(first(), {text(long_text)});
    turn();
    message = read(client, inflater).message;
    EXPECT_EQ(message, long_text);
  }
}

TEST_P(CompressionTest, ReadsCompressedMessages) {
  Client shared = connect({}, nullptr, -1, kShared);
  Client context = connect({}, nullptr, -1, kContext);
  for (Client* client : {&shared, &context}) {
    client->send(0xc1, deflated("Hello"));
    client->send(0xc2, deflated(long_text));
    client->text("plain");
  }
  turn();
  EXPECT_EQ(sink.messages(), (std::vector<std::string>{"Hello", long_text, "plain", "Hello", long_text, "plain"}));
}

TEST_P(CompressionTest, RefusesCompressedMessagesThatNobodyAgreedOn) {
  Client client = connect();
  client.send(0xc1, deflated("Hello"));
  turn();
  EXPECT_EQ(client.read().substr(2, 2), "\x03\xea") << "1002";
}

TEST_P(CompressionTest, GoesOnAfterAnothersBadStream) {
  Client bad = connect({}, nullptr, -1, kShared);
  Client good = connect({}, nullptr, -1, kShared);
  bad.send(0xc1, "\x07");
  good.send(0xc1, deflated("fine"));
  turn();
  EXPECT_EQ(bad.read().substr(2, 2), "\x03\xef") << "1007";
  EXPECT_EQ(sink.messages(), std::vector<std::string>{"fine"});
}

// RFC 7692 section 7.1.2.1.
TEST_P(CompressionTest, KeepsToTheWindowOfAClientThatAskedForASmallerOne) {
  DeflateAgreement small = kShared;
  small.server_window_bits = 9;
  Client client = connect({}, nullptr, -1, small);
  std::string message(600, 'a');
  for (std::size_t i = 0; i < message.size(); ++i) message[i] = static_cast<char>('a' + i * i % 26);
  gateway->commands().broadcast(first(), {text(message)});
  turn();
  websocket::Inflater inflater(9, false);
  EXPECT_EQ(read(client, inflater).message, message);
}

TEST_P(CompressionTest, OwnsMemoryOnlyForConnectionsThatKeepAContext) {
  Client shared = connect({}, nullptr, -1, kShared);
  Client context = connect({}, nullptr, -1, kContext);
  Client idle = connect({}, nullptr, -1, kContext);
  gateway->commands().broadcast(first(), {text("short")});
  EXPECT_EQ(raw_clients->websockets(last()).compression().contexts(), 0u);
  shared.send(0xc1, deflated("Hello"));
  context.send(0xc1, deflated("Hello"));
  turn();
  EXPECT_EQ(raw_clients->websockets(last()).compression().contexts(), 1u);
  context.end();
  turn();
  EXPECT_EQ(raw_clients->websockets(last()).compression().contexts(), 0u);
}

}  // namespace
}  // namespace laraman::gateway
