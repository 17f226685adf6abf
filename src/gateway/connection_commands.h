// What connections may be told, as values: how to close or change them, and which.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/connection_id.h"
#include "gateway/message.h"

namespace laraman::gateway {

// A close frame to send.
struct Close {
  std::uint16_t code = 1000;
  std::string reason;  // at most 123 bytes; longer ones are cut
};

// A change of a connection. What is absent stays.
struct Change {
  std::optional<std::string> user;  // empty: none any more
  std::optional<std::string> session;
  std::optional<std::vector<std::string>> channels;  // instead of the present ones; no name twice
  std::vector<std::string> join;
  std::string member_data;  // what the joined presence channels keep of the user
  std::vector<std::string> leave;
  std::optional<std::string> login;                       // empty: none any more
  std::vector<std::pair<std::string, std::string>> meta;  // an empty value removes the name
};

// A message for the connections of a channel.
struct Publication {
  std::string channel;
  Message message;
  std::vector<ConnectionId> except{};
};

// A message for the connections of a user.
struct UserMessage {
  std::string user;
  Message message;
  std::vector<ConnectionId> except{};
};

// A message for all connections.
struct Broadcast {
  Message message;
  std::vector<ConnectionId> except{};
};

// Connections that are in one of the channels, of one of the users, or named; or all. Each counts once.
struct Audience {
  std::vector<std::string> channels{};
  std::vector<std::string> users{};
  std::vector<ConnectionId> ids{};
  bool everybody = false;
  std::vector<ConnectionId> except{};
};

// Makes the connections of an audience leave and join channels.
struct ChannelsChange {
  Audience audience;
  std::vector<std::string> join;
  std::vector<std::string> leave;
};

// Closes the connections of a user, those too whose handshake is under way unless `opening` says otherwise.
struct UserClose {
  std::string user;
  Close close;
  Message last{};                      // is sent first
  std::string except_login{};          // connections of this log-in stay; empty: none do
  std::vector<ConnectionId> except{};  // these stay
  // The connection in whose handshake this is given: it stays, and so do others that are being opened, or two that
  // close each other as they open would both be gone. None: all zero.
  ConnectionId opening{};
};

// The same of a log-in, which is that of ConnectionInfo::login.
struct LoginClose {
  std::string login;
  Close close;
};

// Changes every connection of a log-in, those too whose handshake is under way.
struct LoginChange {
  std::string login;
  Change change;
};

}  // namespace laraman::gateway
