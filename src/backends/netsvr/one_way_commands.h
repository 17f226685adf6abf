// OneWayCommands: carries out netsvr's one-way commands in the core's words. What a business gives on one connection
// takes effect in its order, for each receiver.
//
// For the thread of the shard it is made for.
#pragma once

#include <functional>
#include <map>
#include <string_view>
#include <vector>

#include "base/log_limiter.h"
#include "gateway/gateway.h"
#include "net/event_loop.h"
#include "netsvr.pb.h"
#include "wire/netsvr_command.h"

namespace laraman::backends::netsvr {

class OneWayCommands {
 public:
  // `configured`: how messages go out for which the business does not say it.
  OneWayCommands(gateway::Gateway& gateway, gateway::Shard& shard, gateway::MessageType configured);

  enum class Outcome {
    kDone,
    kMalformed,  // the message is not what the command's id says; nothing was done
    kNotOneWay,  // another kind of command
  };
  Outcome run(wire::netsvr::Command command, std::string_view message);

 private:
  // How the receivers and the payloads of a bulk command belong together.
  enum class Pairing { kAllToOne, kPairs, kNone };
  // kNone: the command is dropped, and the log says so.
  Pairing pair(wire::netsvr::Command command, int receivers, int payloads);

  template <typename Message>
  Outcome parse_and_do(std::string_view bytes, void (OneWayCommands::*carry_out)(const Message&));

  void update(const wire::netsvr::ConnInfoUpdate& message);
  void clear(const wire::netsvr::ConnInfoDelete& message);
  void broadcast(const wire::netsvr::Broadcast& message);
  void multicast(const wire::netsvr::Multicast& message);
  void multicast_to_users(const wire::netsvr::MulticastByCustomerId& message);
  void cast(const wire::netsvr::SingleCast& message);
  void cast_bulk(const wire::netsvr::SingleCastBulk& message);
  void cast_to_user(const wire::netsvr::SingleCastByCustomerId& message);
  void cast_bulk_to_users(const wire::netsvr::SingleCastBulkByCustomerId& message);
  void subscribe(const wire::netsvr::TopicSubscribe& message);
  void unsubscribe(const wire::netsvr::TopicUnsubscribe& message);
  void change_channels(const wire::netsvr::ChannelsUpdate& message);
  void delete_channels(const wire::netsvr::TopicDelete& message);
  void publish(const wire::netsvr::TopicPublish& message);
  void publish_bulk(const wire::netsvr::TopicPublishBulk& message);
  void close(const wire::netsvr::ForceOffline& message);
  void close_users(const wire::netsvr::ForceOfflineByCustomerId& message);
  void close_guests(const wire::netsvr::ForceOfflineGuest& message);
  void close_logins(const wire::netsvr::LoginClose& message);
  void update_login(const wire::netsvr::LoginUpdate& message);

  // What goes to clients of a command: an event if it names one.
  template <typename Command>
  gateway::Message encode(const Command& command, std::string_view data) const;
  // The same, but no message for empty data, which most commands do not send; unless the sender knows the extension and
  // names the type: it means an empty message.
  template <typename Command>
  gateway::Message encode_unless_empty(const Command& command, std::string_view data) const;
  template <typename Command>
  gateway::Message encode_unless_empty(const Command& command) const {
    return encode_unless_empty(command, command.data());
  }
  void send(std::string_view uniq_id, const gateway::Message& message);
  void run_later(Duration delay, std::function<void()> task);
  void run_due();

  gateway::Commands& commands_;
  gateway::Shard& shard_;
  const gateway::MessageType configured_;
  std::multimap<TimePoint, std::function<void()>> later_;
  net::Timer timer_;  // for the first of later_
  LogLimiter unpaired_;
};

}  // namespace laraman::backends::netsvr
