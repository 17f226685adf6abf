#include "websocket/deflate_negotiation.h"

#include <gtest/gtest.h>

namespace laraman::websocket {
namespace {

constexpr CompressionOptions kShared{.mode = CompressionMode::kShared};
constexpr CompressionOptions kContext{.mode = CompressionMode::kContext};

struct Outcome {
  DeflateAgreement agreement;
  std::string response;
};

Outcome negotiate(std::string_view offers, const CompressionOptions& options) {
  http::Headers headers;
  headers.add("Sec-WebSocket-Extensions", offers);
  Outcome outcome;
  outcome.agreement = negotiate_deflate(*offered_extensions(headers), options, outcome.response);
  return outcome;
}
std::string response(std::string_view offers, const CompressionOptions& options) {
  return negotiate(offers, options).response;
}

TEST(DeflateNegotiation, AcceptsNothingWhenOff) {
  const Outcome outcome = negotiate("permessage-deflate", {});
  EXPECT_FALSE(outcome.agreement);
  EXPECT_EQ(outcome.response, "");
}

TEST(DeflateNegotiation, SharedKeepsNoContextOnEitherSide) {
  const Outcome outcome = negotiate("permessage-deflate; client_max_window_bits", kShared);
  EXPECT_EQ(outcome.response, "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
  EXPECT_EQ(outcome.agreement.server_window_bits, 15);
  EXPECT_EQ(outcome.agreement.client_window_bits, 15);
  EXPECT_FALSE(outcome.agreement.server_context);
  EXPECT_FALSE(outcome.agreement.client_context);
}

TEST(DeflateNegotiation, ContextIsKeptUnlessTheClientSaysNo) {
  EXPECT_EQ(response("permessage-deflate", kContext), "permessage-deflate");
  EXPECT_TRUE(negotiate("permessage-deflate", kContext).agreement.server_context);
  EXPECT_TRUE(negotiate("permessage-deflate", kContext).agreement.client_context);
  const Outcome server = negotiate("permessage-deflate; server_no_context_takeover", kContext);
  EXPECT_EQ(server.response, "permessage-deflate; server_no_context_takeover");
  EXPECT_FALSE(server.agreement.server_context);
  EXPECT_TRUE(server.agreement.client_context);
  const Outcome client = negotiate("permessage-deflate; client_no_context_takeover", kContext);
  EXPECT_EQ(client.response, "permessage-deflate; client_no_context_takeover");
  EXPECT_TRUE(client.agreement.server_context);
  EXPECT_FALSE(client.agreement.client_context);
}

// RFC 7692 section 7.1.2.1: what the client asks for must be answered, and may be less than that.
TEST(DeflateNegotiation, KeepsToTheServersWindow) {
  for (int bits = 8; bits <= 15; ++bits) {
    const std::string asked = "server_max_window_bits=" + std::to_string(bits);
    const Outcome outcome = negotiate("permessage-deflate; " + asked, kContext);
    EXPECT_EQ(outcome.response, "permessage-deflate; " + asked);
    EXPECT_EQ(outcome.agreement.server_window_bits, bits);
  }
  CompressionOptions small = kContext;
  small.window_bits = 10;
  EXPECT_EQ(response("permessage-deflate", small), "permessage-deflate; server_max_window_bits=10");
  EXPECT_EQ(response("permessage-deflate; server_max_window_bits=12", small),
            "permessage-deflate; server_max_window_bits=10");
  EXPECT_EQ(response("permessage-deflate; server_max_window_bits=9", small),
            "permessage-deflate; server_max_window_bits=9");
}

// Section 7.1.2.2: only a client that offers it can be asked.
TEST(DeflateNegotiation, AsksForASmallerClientWindowWhereItIsKept) {
  CompressionOptions small = kContext;
  small.window_bits = 10;
  EXPECT_EQ(negotiate("permessage-deflate", small).agreement.client_window_bits, 15);
  const Outcome asked = negotiate("permessage-deflate; client_max_window_bits", small);
  EXPECT_EQ(asked.response, "permessage-deflate; server_max_window_bits=10; client_max_window_bits=10");
  EXPECT_EQ(asked.agreement.client_window_bits, 10);
  const Outcome smaller = negotiate("permessage-deflate; client_max_window_bits=8", small);
  EXPECT_EQ(smaller.response, "permessage-deflate; server_max_window_bits=10; client_max_window_bits=8");
  EXPECT_EQ(smaller.agreement.client_window_bits, 8);
  EXPECT_EQ(response("permessage-deflate; client_max_window_bits", kContext), "permessage-deflate");
}

TEST(DeflateNegotiation, TakesTheFirstOfferThatIsValid) {
  EXPECT_EQ(response("x-webkit-deflate-frame, permessage-deflate; mystery, "
                     "permessage-deflate; server_max_window_bits=9, permessage-deflate",
                     kContext),
            "permessage-deflate; server_max_window_bits=9");
}

// Section 7.1: an offer with any of these is declined.
TEST(DeflateNegotiation, PassesOverInvalidOffers) {
  for (const std::string_view parameters :
       {"mystery", "server_no_context_takeover=1", "client_no_context_takeover=true",
        "server_no_context_takeover; server_no_context_takeover",
        "client_no_context_takeover; client_no_context_takeover", "server_max_window_bits", "server_max_window_bits=7",
        "server_max_window_bits=16", "server_max_window_bits=08", "server_max_window_bits=+9",
        "server_max_window_bits=10; server_max_window_bits=10", "client_max_window_bits=7", "client_max_window_bits=16",
        "client_max_window_bits=010", "client_max_window_bits=x", "client_max_window_bits; client_max_window_bits",
        "server_max_window_bits=100", "server_max_window_bits=1"}) {
    const Outcome outcome = negotiate("permessage-deflate; " + std::string(parameters), kContext);
    EXPECT_FALSE(outcome.agreement) << parameters;
    EXPECT_EQ(outcome.response, "") << parameters;
  }
}

}  // namespace
}  // namespace laraman::websocket
