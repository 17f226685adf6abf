#include "websocket/handshake.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <utility>

#include "http/syntax.h"

namespace laraman::websocket {
namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::string_view kVersion = "13";
constexpr std::size_t kKeySize = 24;  // base64 of 16 bytes

// Fields that the 101 has of its own, or that speak of a body.
constexpr std::array<std::string_view, 9> kNotInAnswer = {"connection",
                                                          "upgrade",
                                                          "sec-websocket-accept",
                                                          "sec-websocket-extensions",
                                                          "sec-websocket-protocol",
                                                          "transfer-encoding",
                                                          "content-length",
                                                          "content-type",
                                                          "keep-alive"};

bool is_key(std::string_view key) {
  if (key.size() != kKeySize || !key.ends_with("==")) return false;
  return std::all_of(key.begin(), key.end() - 2, [](char c) {
    const char lower = http::to_lower(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  });
}

http::ErrorPage refusal(int status, std::string_view why) {
  http::ErrorPage page = http::error_page(status);
  page.body.append(why).append("\n");
  return page;
}

}  // namespace

bool asks_for_websocket(const http::Request& request) {
  return request.headers().list_contains("Upgrade", "websocket") && request.version() == http::Version::kHttp11;
}

std::optional<http::ErrorPage> check_handshake(const http::Request& request, Offer& offer) {
  const bool by_upgrade = request.version() != http::Version::kHttp2;
  if (request.method() != "GET") return refusal(400, "a WebSocket handshake is a GET");
  if (request.has_body()) return refusal(400, "a WebSocket handshake has no body");
  if (by_upgrade && !request.headers().list_contains("Connection", "upgrade")) {
    return refusal(400, "Connection lacks Upgrade");
  }
  if (request.header("Sec-WebSocket-Version") != kVersion) {  // section 4.4
    http::ErrorPage page = refusal(by_upgrade ? 426 : 400, "WebSocket version 13 is spoken here");
    if (by_upgrade) page.head.headers.add("Upgrade", "websocket");
    page.head.headers.add("Sec-WebSocket-Version", kVersion);
    return page;
  }
  if (by_upgrade &&
      (request.headers().count("Sec-WebSocket-Key") != 1 || !is_key(*request.header("Sec-WebSocket-Key")))) {
    return refusal(400, "malformed Sec-WebSocket-Key");
  }
  auto protocols = offered_protocols(request.headers());
  if (!protocols) return refusal(400, protocols.error().what);
  auto extensions = offered_extensions(request.headers());
  if (!extensions) return refusal(400, extensions.error().what);
  offer = {std::move(*protocols), std::move(*extensions)};
  return std::nullopt;
}

Result<std::vector<std::string>> offered_protocols(const http::Headers& headers) {
  std::vector<std::string> protocols;
  for (const http::Headers::Field field : headers) {
    if (!http::equals_ignoring_case(field.name, "Sec-WebSocket-Protocol")) continue;
    std::string_view list = field.value;
    for (auto name = http::take_list_element(list); !name.empty(); name = http::take_list_element(list)) {
      if (!http::is_token(name) || std::find(protocols.begin(), protocols.end(), name) != protocols.end()) {
        return Error{ErrorCode::kInvalid, "malformed Sec-WebSocket-Protocol", "", ""};
      }
      protocols.emplace_back(name);
    }
  }
  return protocols;
}

std::string accept_key(std::string_view key) {
  std::string text(key);
  text.append(kGuid);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  std::array<unsigned char, 32> encoded;  // 20 bytes make 28, and a NUL
  const int length = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(size));
  return std::string(encoded.begin(), encoded.begin() + length);
}

std::string switching_protocols(const http::Request& request, const Agreement& agreement, const http::Headers& more) {
  std::string out = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
  out.append("Sec-WebSocket-Accept: ").append(accept_key(request.header("Sec-WebSocket-Key").value_or("")));
  out.append("\r\n");
  for (const http::Headers::Field field : accepting_head(agreement, more).headers) {
    out.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  return out.append("\r\n");
}

http::ResponseHead accepting_head(const Agreement& agreement, const http::Headers& more) {
  http::ResponseHead head;
  head.status = 200;
  if (!agreement.protocol.empty()) head.headers.add("Sec-WebSocket-Protocol", agreement.protocol);
  if (!agreement.extensions.empty()) head.headers.add("Sec-WebSocket-Extensions", agreement.extensions);
  for (const http::Headers::Field field : more) {
    const bool left_out = std::any_of(kNotInAnswer.begin(), kNotInAnswer.end(), [&](std::string_view name) {
      return http::equals_ignoring_case(field.name, name);
    });
    if (!left_out) head.headers.add(field.name, field.value);
  }
  return head;
}

}  // namespace laraman::websocket
