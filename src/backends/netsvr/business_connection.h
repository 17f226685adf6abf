// BusinessConnection: one connection of a business: commands and queries in, replies out; and once it has registered, a
// link on which events go out.
//
// Belongs to a BusinessServer and its thread. One frame after the other: while a query is asked of the shards, the
// frames behind it wait, so that replies keep the order of the queries and a query sees exactly the commands before it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/netsvr/business_context.h"
#include "backends/netsvr/link.h"
#include "base/log_limiter.h"
#include "net/stream.h"
#include "wire/netsvr_frame.h"

namespace laraman::backends::netsvr {

class BusinessConnection final : public std::enable_shared_from_this<BusinessConnection>, private net::Stream::Handler {
 public:
  // Both outlive it. `heartbeat`: the text of the business's heartbeat.
  BusinessConnection(BusinessContext& context, BusinessConnectionOwner& owner, const std::string& heartbeat);

  Result<void> open(UniqueFd fd);
  // Ends a connection on which no whole frame has come for `longest`, unless it is a Unix socket.
  void check_silence(Duration longest);

 private:
  // net::Stream::Handler
  std::size_t on_data(std::span<char> bytes) override;
  void on_peer_end() override;
  void on_drained() override;
  void on_closed(const Error* error) override;

  void read(std::string_view bytes);
  void read_on();
  bool must_wait();
  void read_rest();
  void end_if_done();
  void on_wait_over();
  void on_frame(const wire::netsvr::Frame& frame);
  void on_command(wire::netsvr::Command command, std::string_view message);
  void on_reply(wire::netsvr::Command command, const google::protobuf::MessageLite& reply);

  // Whether the frame of a business that has not said the secret does it now; else the connection ends.
  bool authenticate(const wire::netsvr::Frame& frame);
  void register_business(std::string_view message);
  void begin_link(const wire::netsvr::RegisterReq& request);
  void acknowledge(std::string_view message);
  void take_acknowledgement(std::uint64_t sequence);
  // Has the business closed connections whose close events may not be with the dispatcher yet?
  bool awaits_closes() const { return closes_given_ || waits_for_closes_ > 0; }
  // Does `then` once they are, at once if there are none; several in their order.
  void after_closes(std::function<void()> then);
  void unregister(std::string_view message);
  void end_link();

  bool speaks_protocol_3() const;
  void write(wire::netsvr::Command command, const google::protobuf::MessageLite& message);
  void refuse_reply(wire::netsvr::Command command, std::size_t size);
  void refuse(std::string_view reason);
  // Of a command that the connection outlives; limited and counted.
  void warn_of(wire::netsvr::Command command, std::string_view reason);
  std::string peer() const;
  std::string_view link_id() const { return link_ ? std::string_view(link_->id()) : std::string_view(); }

  BusinessContext& context_;
  BusinessConnectionOwner& owner_;
  std::unique_ptr<net::Stream> stream_;
  UniqueFd rest_;  // the same socket, to read what is left in it when the stream reads no more
  wire::netsvr::FrameReader reader_;
  std::string waiting_bytes_;  // read, and not looked at yet
  TimePoint last_frame_;
  bool is_tcp_ = false;
  bool authenticated_ = true;
  bool reading_ = false;  // inside read()
  bool asking_ = false;   // a query has no reply yet
  bool refused_ = false;  // it broke the protocol: nothing of it is read any more
  bool peer_ended_ = false;
  bool ending_ = false;  // all that the business sent is done; replies are on their way
  LogLimiter warnings_;
  net::Timer wait_timer_;          // ends a wait for which there is no callback
  std::unique_ptr<Link> link_;     // null until it registers
  bool closes_given_ = false;      // since the last after_closes()
  unsigned waits_for_closes_ = 0;  // of after_closes(), under way
};

}  // namespace laraman::backends::netsvr
