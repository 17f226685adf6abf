// Event: what happened at a client's connection, as a business gets it from a gateway.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace laraman::business {

struct Event {
  // The bits of a registration's mask.
  enum class Kind : std::uint8_t { kOpen = 1, kClose = 2, kMessage = 4, kJoin = 8, kLeave = 16 };

  Kind kind = Kind::kMessage;
  std::uint64_t sequence = 0;    // number on its link, from 1; 0 if the gateway does not count
  std::string connection;        // 28 hex digits
  std::string data;              // of a message: its payload; of a close: its reason; else the channel
  bool binary = false;           // of a message: the client sent it as binary
  std::uint16_t close_code = 0;  // of a close: the client's, or that which it was sent; 1006 where there was none

  // The connection at that moment. Empty on an open, as are session and channels of a message if the business
  // registered as lean, and channels of a join or leave.
  std::string user;
  std::string session;
  std::vector<std::string> channels;

  // For businesses that asked for them.
  std::string path;
  std::vector<std::pair<std::string, std::string>> meta;

  // Of an open only.
  std::string query;  // without '?'
  std::string remote_address;
  std::string forwarded_for;  // X-Forwarded-For as received
  std::string real_ip;        // X-Real-IP as received
};

}  // namespace laraman::business
