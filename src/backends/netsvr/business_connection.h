// BusinessConnection: one connection of a business: commands and queries in, replies out; and once it has registered,
// the dispatcher's link to that business: events out, acknowledgements in.
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

#include "backends/netsvr/event_encoder.h"
#include "base/log_limiter.h"
#include "base/scoreboard.h"
#include "dispatch/dispatcher.h"
#include "net/stream.h"
#include "wire/netsvr_frame.h"

namespace laraman::backends::netsvr {

class BusinessServer;

class BusinessConnection final : public std::enable_shared_from_this<BusinessConnection>,
                                 private net::Stream::Handler,
                                 private dispatch::BusinessLink {
 public:
  BusinessConnection(BusinessServer& server, const std::string& heartbeat);

  Result<void> open(UniqueFd fd);
  // Ends a connection on which no whole frame has come for `longest`, unless it is a Unix socket.
  void check_silence(Duration longest);

 private:
  enum class Registration { kNone, kActive, kEnding, kEnded };

  // net::Stream::Handler
  std::size_t on_data(std::span<char> bytes) override;
  void on_peer_end() override;
  void on_drained() override;
  void on_closed(const Error* error) override;
  // dispatch::BusinessLink
  void deliver(const gateway::Event& event, std::uint64_t sequence) override;
  std::uint64_t take_back(std::uint64_t last_sequence) override;
  bool full() override;
  bool taking_back() override;

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
  void join_dispatcher();
  void acknowledge(std::string_view message);
  void take_acknowledgement(dispatch::BusinessId business, std::uint64_t sequence);
  // Has the business closed connections whose close events may not be with the dispatcher yet?
  bool awaits_closes() const { return closes_given_ || waits_for_closes_ > 0; }
  // Does `then` once they are, at once if there are none; several in their order.
  void after_closes(std::function<void()> then);
  void unregister(std::string_view message);
  // Ends this registration, by a command on this connection or another; `left` is called when it has ended.
  void leave(std::function<void()> left);
  void on_left();
  std::string new_link_id();
  std::uint64_t begun() const;
  void close_what_crashed();
  void end_link();

  bool speaks_protocol_3() const;
  void write(wire::netsvr::Command command, const google::protobuf::MessageLite& message);
  void refuse_reply(wire::netsvr::Command command, std::size_t size);
  void refuse(std::string_view reason);
  // Of a command that the connection outlives; limited and counted.
  void warn_of(wire::netsvr::Command command, std::string_view reason);
  std::string peer() const;

  BusinessServer& server_;
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
  bool ending_ = false;     // all that the business sent is done; replies are on their way
  bool said_full_ = false;  // to the dispatcher, since it was last drained
  LogLimiter warnings_;
  net::Timer wait_timer_;  // ends a wait for which nobody calls back

  // ---- as a link
  Registration registration_ = Registration::kNone;
  std::string link_id_;  // empty unless it registered
  dispatch::BusinessOptions business_options_;
  EventForm form_;
  dispatch::BusinessId business_ = 0;  // 0: not with the dispatcher
  std::uint64_t last_sequence_ = 0;    // delivered
  std::uint64_t taken_back_ = 0;       // the last notice's number
  bool closes_given_ = false;          // since the last after_closes()
  unsigned waits_for_closes_ = 0;      // of after_closes(), under way
  bool link_ended_ = false;
  WorkerSlot* slot_ = nullptr;
  std::uint64_t generation_ = 0;  // of the slot
  std::vector<std::function<void()>> on_left_;
  net::Timer first_event_timer_;
};

}  // namespace laraman::backends::netsvr
