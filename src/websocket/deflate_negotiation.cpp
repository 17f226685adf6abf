#include "websocket/deflate_negotiation.h"

#include <algorithm>
#include <optional>

#include "http/syntax.h"

namespace laraman::websocket {
namespace {

constexpr std::string_view kName = "permessage-deflate";
constexpr std::string_view kServerNoContext = "server_no_context_takeover";
constexpr std::string_view kClientNoContext = "client_no_context_takeover";
constexpr std::string_view kServerWindow = "server_max_window_bits";
constexpr std::string_view kClientWindow = "client_max_window_bits";
constexpr std::uint8_t kMaxWindowBits = 15;

struct Offer {
  bool server_no_context = false;
  bool client_no_context = false;
  std::optional<std::uint8_t> server_window_bits;
  std::optional<std::uint8_t> client_window_bits;  // without a value: kMaxWindowBits
};

// 8 to 15, without leading zeros; empty if it is anything else.
std::optional<std::uint8_t> window_bits(const std::string& value) {
  if (value == "8" || value == "9") return static_cast<std::uint8_t>(value[0] - '0');
  if (value.size() == 2 && value[0] == '1' && value[1] >= '0' && value[1] <= '5') {
    return static_cast<std::uint8_t>(10 + value[1] - '0');
  }
  return std::nullopt;
}

bool set_once(bool& flag) {
  const bool first = !flag;
  flag = true;
  return first;
}

// Section 7.1: unknown and repeated parameters and wrong values make an offer invalid.
std::optional<Offer> read_offer(const Extension& extension) {
  Offer offer;
  for (const auto& [name, value] : extension.parameters) {
    bool valid = false;
    if (name == kServerNoContext) {
      valid = !value && set_once(offer.server_no_context);
    } else if (name == kClientNoContext) {
      valid = !value && set_once(offer.client_no_context);
    } else if (name == kServerWindow) {
      valid = value && !offer.server_window_bits && (offer.server_window_bits = window_bits(*value));
    } else if (name == kClientWindow) {
      valid = !offer.client_window_bits &&
              (offer.client_window_bits = value ? window_bits(*value) : std::optional(kMaxWindowBits));
    }
    if (!valid) return std::nullopt;
  }
  return offer;
}

DeflateAgreement agree(const Offer& offer, const CompressionOptions& options) {
  const bool keep_context = options.mode == CompressionMode::kContext;
  DeflateAgreement agreement;
  agreement.server_window_bits = std::min(offer.server_window_bits.value_or(kMaxWindowBits), options.window_bits);
  agreement.server_context = keep_context && !offer.server_no_context;
  agreement.client_context = keep_context && !offer.client_no_context;
  // A smaller window of the client's saves memory only where it is kept, and only those that offer it can be asked.
  agreement.client_window_bits = kMaxWindowBits;
  if (offer.client_window_bits && agreement.client_context) {
    agreement.client_window_bits = std::min(*offer.client_window_bits, options.window_bits);
  }
  return agreement;
}

std::string response_to(const Offer& offer, const DeflateAgreement& agreement) {
  std::string response(kName);
  if (!agreement.server_context) response.append("; ").append(kServerNoContext);
  if (!agreement.client_context) response.append("; ").append(kClientNoContext);
  if (offer.server_window_bits || agreement.server_window_bits < kMaxWindowBits) {
    response.append("; ").append(kServerWindow).append("=").append(std::to_string(agreement.server_window_bits));
  }
  if (agreement.client_window_bits < kMaxWindowBits) {
    response.append("; ").append(kClientWindow).append("=").append(std::to_string(agreement.client_window_bits));
  }
  return response;
}

}  // namespace

DeflateAgreement negotiate_deflate(std::span<const Extension> offers, const CompressionOptions& options,
                                   std::string& response) {
  if (options.mode == CompressionMode::kOff) return {};
  for (const Extension& extension : offers) {
    if (!http::equals_ignoring_case(extension.name, kName)) continue;
    const std::optional<Offer> offer = read_offer(extension);
    if (!offer) continue;
    const DeflateAgreement agreement = agree(*offer, options);
    response = response_to(*offer, agreement);
    return agreement;
  }
  return {};
}

}  // namespace laraman::websocket
