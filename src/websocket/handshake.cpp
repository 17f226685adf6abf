#include "websocket/handshake.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace laraman::websocket {
namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // section 1.3
constexpr std::size_t kKeyLength = 24;                                      // 16 bytes in base64

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

// 16 bytes in canonical base64: 22 digits and "==", the last digit with four unused bits that are zero.
bool is_key(std::string_view key) {
  if (key.size() != kKeyLength || !key.ends_with("==")) return false;
  const std::string_view digits = key.substr(0, 22);
  const auto is_digit = [](unsigned char c) { return std::isalnum(c) || c == '+' || c == '/'; };
  return std::all_of(digits.begin(), digits.end(), is_digit) &&
         std::string_view("AQgw").find(digits.back()) != std::string_view::npos;
}

// "example.com" of "https://example.com:443", the port that the scheme implies left out.
std::string host_of(std::string_view origin) {
  const std::size_t scheme = origin.find("://");
  if (scheme == std::string_view::npos) return "";
  std::string host = lower(origin.substr(scheme + 3));
  if (origin.starts_with("https:") && host.ends_with(":443")) host.resize(host.size() - 4);
  if (origin.starts_with("http:") && host.ends_with(":80")) host.resize(host.size() - 3);
  return host;
}

bool matches(const std::string& origin, const std::string& pattern) {
  if (pattern == "*") return true;
  const std::size_t star = pattern.find("://*.");
  if (star == std::string::npos) return origin == pattern;
  const std::string_view scheme = std::string_view(pattern).substr(0, star + 3);
  const std::string_view suffix = std::string_view(pattern).substr(star + 4);  // ".example.com"
  return origin.size() > scheme.size() + suffix.size() && origin.starts_with(scheme) && origin.ends_with(suffix);
}

}  // namespace

bool is_upgrade(const http::Request& request) { return request.headers().list_contains("upgrade", "websocket"); }

HandshakeCheck check_handshake(const http::Request& request) {
  if (request.method() != "GET") return {405, "method is not GET"};
  if (request.version() != http::Version::kHttp11) return {400, "HTTP/1.1 needed"};
  if (!request.headers().list_contains("connection", "upgrade")) return {400, "Connection does not name Upgrade"};
  if (request.has_body()) return {400, "handshake with a body"};
  if (request.header("sec-websocket-version") != "13") return {426, "version is not 13"};
  if (!is_key(request.header("sec-websocket-key").value_or(""))) return {400, "malformed Sec-WebSocket-Key"};
  return {};
}

bool origin_allowed(std::string_view origin, std::string_view host, std::span<const std::string> allowed) {
  if (origin.empty()) return true;
  const std::string from = host_of(origin);
  // Host names the default port rarely; take it off there too, whatever the scheme of the page was.
  const std::string here = host_of(std::string(origin.substr(0, origin.find(':'))) + "://" + std::string(host));
  if (!from.empty() && from == here) return true;
  const std::string whole = lower(origin);
  return std::any_of(allowed.begin(), allowed.end(),
                     [&](const std::string& pattern) { return matches(whole, lower(pattern)); });
}

std::string accept_key(std::string_view key) {
  const std::string text = std::string(key).append(kGuid);
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest;
  ::SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::array<unsigned char, 4 * ((SHA_DIGEST_LENGTH + 2) / 3) + 1> base64;
  const int length = ::EVP_EncodeBlock(base64.data(), digest.data(), SHA_DIGEST_LENGTH);
  return std::string(reinterpret_cast<const char*>(base64.data()), static_cast<std::size_t>(length));
}

std::string switching_protocols(const http::Request& request, const http::Headers& headers) {
  std::string out = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
  out.append("Sec-WebSocket-Accept: ").append(accept_key(request.header("sec-websocket-key").value_or("")));
  out.append("\r\n");
  for (const auto& [name, value] : headers) out.append(name).append(": ").append(value).append("\r\n");
  return out.append("\r\n");
}

}  // namespace laraman::websocket
