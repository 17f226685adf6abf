#include "backends/netsvr/business_connection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <sys/socket.h>

#include <chrono>
#include <utility>
#include <vector>

#include "backends/netsvr/business_server.h"
#include "backends/netsvr/protocol_3.h"
#include "backends/netsvr/queries.h"
#include "base/escape.h"
#include "base/log.h"
#include "base/try.h"
#include "net/socket.h"
#include "netsvr.pb.h"
#include "websocket/frame.h"

namespace laraman::backends::netsvr {
namespace {

namespace netsvr = wire::netsvr;
using gateway::Event;
using netsvr::Command;

constexpr std::uint64_t kMaxUnsentReplies = 1 << 20;  // above it, nothing is read until the business has read
// Above it, the socket is not read. A few kilobytes of publications may be seconds of sending: a business that gives
// more than the gateway can send should feel it at once.
constexpr std::size_t kMaxWaitingBytes = 4096;
constexpr std::size_t kMaxRestBytes = 16 << 20;  // read after the stream has closed, at most
// What one business may cause in one turn, some milliseconds: clients and other businesses have their turn too.
constexpr std::uint64_t kMaxSentATurn = 2'000;
constexpr std::uint32_t kLargestWindow = 4096;
constexpr std::string_view kMalformed = "malformed message";
constexpr Duration kCongestionPause = std::chrono::milliseconds(1);
constexpr Duration kLastReplyWait =
    std::chrono::seconds(10);  // for a business that has ended and must read its replies

// IPv4 address and port as 12 hex digits; zeros for another kind of address.
std::string hex_address(const net::SocketAddress& address) {
  if (address.family() != AF_INET) return std::string(12, '0');
  const auto* in = reinterpret_cast<const sockaddr_in*>(address.data());
  return fmt::format("{:08x}{:04x}", ntohl(in->sin_addr.s_addr), ntohs(in->sin_port));
}

// Takes as long for any wrong secret of the right length.
bool is_same_secret(std::string_view said, std::string_view right) {
  return said.size() == right.size() && CRYPTO_memcmp(said.data(), right.data(), right.size()) == 0;
}

netsvr::AuthenticateResp authentication(bool ok) {
  netsvr::AuthenticateResp response;
  response.set_ok(ok);
  response.set_message(ok ? "Success" : "WrongSecret");
  return response;
}

netsvr::FrameLimitResp frame_limit(std::uint64_t bytes) {
  netsvr::FrameLimitResp response;
  response.set_max_frame_bytes(bytes);
  return response;
}

std::string code_name(netsvr::RegisterResp::Code code) {
  switch (code) {
    case netsvr::RegisterResp::SUCCESS: return "Success";
    case netsvr::RegisterResp::UNMARSHAL_ERROR: return "UnmarshalError";
    case netsvr::RegisterResp::INVALID_EVENT: return "InvalidEvent";
    default: return "DuplicateRegister";
  }
}

}  // namespace

BusinessConnection::BusinessConnection(BusinessServer& server, const std::string& heartbeat)
    : server_(server),
      reader_(server.options_.max_frame_bytes, heartbeat),
      last_frame_(server.gateway_.shard(0).loop().now()),
      wait_timer_(server.gateway_.shard(0).loop(), [this] { on_wait_over(); }),
      first_event_timer_(server.gateway_.shard(0).loop(), [this] { join_dispatcher(); }) {}

Result<void> BusinessConnection::open(UniqueFd fd) {
  rest_.reset(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
  if (!rest_) return system_error("fcntl(F_DUPFD)", "business connection", errno);
  is_tcp_ = !net::SocketAddress::of_local(rest_.get()).is_unix();
  authenticated_ = !is_tcp_ || server_.options_.secret.empty();
  ASSIGN_OR_RETURN(stream_, net::Stream::open(server_.gateway_.shard(0).loop(), std::move(fd), *this));
  return {};
}

void BusinessConnection::check_silence(Duration longest) {
  if (!is_tcp_ || stream_->closed() || stream_->loop().now() - last_frame_ <= longest) return;
  log::info("business disconnected reason=\"no frame for too long\" link={}", link_id_);
  stream_->close();
}

// ---- bytes

std::size_t BusinessConnection::on_data(std::span<char> bytes) {
  read({bytes.data(), bytes.size()});
  return bytes.size();
}

// Looks at frame after frame, until there is a reason to wait; what is behind it is kept.
void BusinessConnection::read(std::string_view bytes) {
  if (refused_) return;
  if (!waiting_bytes_.empty() || must_wait()) {
    waiting_bytes_.append(bytes);
    if (waiting_bytes_.size() > kMaxWaitingBytes) stream_->pause_reading();
    return;
  }
  gateway::Shard& shard = server_.gateway_.shard(0);
  const std::uint64_t max_sent = shard.slot().messages_sent.load() + kMaxSentATurn;
  reading_ = true;
  reader_.feed(bytes);
  while (!refused_ && !must_wait()) {
    if (shard.slot().messages_sent.load() > max_sent && !stream_->closed()) break;
    Result<std::optional<netsvr::Frame>> frame = reader_.next();
    if (!frame) {
      refuse(frame.error().what);
    } else if (frame->has_value()) {
      on_frame(**frame);
    } else {
      break;
    }
  }
  waiting_bytes_.append(reader_.take_unread());
  if (waiting_bytes_.size() > kMaxWaitingBytes) stream_->pause_reading();
  reading_ = false;
  if (!waiting_bytes_.empty() && !must_wait()) {
    shard.post_later(shard.index(), [self = weak_from_this()](gateway::Shard&) {
      if (const auto connection = self.lock()) connection->read_on();
    });
  }
}

// The next frame has to wait: for the reply to a query, for the business to read its replies, or for the loops to
// catch up. Somebody calls read_on() when that is over.
bool BusinessConnection::must_wait() {
  if (stream_->closed()) return false;
  if (asking_ || stream_->unsent() > kMaxUnsentReplies) return true;
  if (!server_.gateway_.congested(server_.gateway_.shard(0))) return false;
  if (!wait_timer_.running()) wait_timer_.start(kCongestionPause);  // nobody else tells when that is over
  return true;
}

void BusinessConnection::read_on() {
  if (reading_ || refused_ || must_wait()) return;
  if (!waiting_bytes_.empty()) {
    const std::string bytes = std::exchange(waiting_bytes_, {});
    read(bytes);
  }
  if (waiting_bytes_.empty() && !stream_->closed()) stream_->resume_reading();
  end_if_done();
}

void BusinessConnection::on_drained() {
  if (std::exchange(said_full_, false) && business_ != 0) server_.dispatcher_.drained(business_);
  read_on();
}

void BusinessConnection::on_wait_over() {
  if (ending_) {
    stream_->close();
  } else {
    read_on();
  }
}

// Reads what the kernel still has: a stream that is closed, or at its end while it was paused, does not look any more.
// A worker that was killed leaves finished work there, with its acknowledgements.
void BusinessConnection::read_rest() {
  std::vector<char> buffer(64 * 1024);
  for (std::size_t total = 0; total < kMaxRestBytes && !refused_;) {
    const ssize_t count = ::recv(rest_.get(), buffer.data(), buffer.size(), 0);
    if (count <= 0) return;
    total += static_cast<std::size_t>(count);
    read({buffer.data(), static_cast<std::size_t>(count)});
  }
}

void BusinessConnection::on_peer_end() {
  peer_ended_ = true;
  read_rest();
  end_if_done();
}

// A business that has ended gets the replies that it has asked for.
void BusinessConnection::end_if_done() {
  if (!peer_ended_ || ending_ || asking_ || !waiting_bytes_.empty() || stream_->closed()) return;
  ending_ = true;
  end_link();
  stream_->close_when_sent();
  wait_timer_.start(kLastReplyWait);
}

void BusinessConnection::on_closed(const Error* error) {
  if (!refused_) {
    read(std::exchange(waiting_bytes_, {}));
    read_rest();
  }
  if (error != nullptr) log::debug("business connection broke link={} error=\"{}\"", link_id_, error->message());
  if (reader_.in_frame() && !refused_) log::warning("business ended within a frame link={}", link_id_);
  end_link();
  server_.forget(*this);
}

void BusinessConnection::write(Command command, const google::protobuf::MessageLite& message) {
  std::string frame;
  const std::uint32_t id = speaks_protocol_3() ? netsvr::to_id_of_protocol_3(command) : to_id(command);
  netsvr::append_frame(frame, id, message.SerializeAsString());
  stream_->write(frame);
}

// Ours, on Unix sockets, never do.
bool BusinessConnection::speaks_protocol_3() const { return is_tcp_ && server_.options_.protocol == 3; }

// Address and port; of a Unix socket, where it has none, the process.
std::string BusinessConnection::peer() const {
  const net::SocketAddress address = net::SocketAddress::of_peer(rest_.get());
  ucred process{};
  socklen_t size = sizeof process;
  if (!address.is_unix() || ::getsockopt(rest_.get(), SOL_SOCKET, SO_PEERCRED, &process, &size) != 0) {
    return address.to_string();
  }
  return fmt::format("pid:{}", process.pid);
}

void BusinessConnection::refuse(std::string_view reason) {
  if (authenticated_) {
    log::warning("business disconnected reason=\"{}\" peer={} link={}", reason, peer(), link_id_);
  } else {
    server_.count_refused(reason, peer());
  }
  refused_ = true;
  stream_->flush();
  stream_->close();
}

void BusinessConnection::warn_of(Command command, std::string_view reason) {
  const std::uint64_t times = warnings_.admit(stream_->loop().now());
  if (times == 0) return;
  log::warning("command not carried out command={} reason=\"{}\" peer={} link={} times={}", netsvr::to_string(command),
               reason, peer(), link_id_, times);
}

// ---- frames

void BusinessConnection::on_frame(const netsvr::Frame& frame) {
  last_frame_ = stream_->loop().now();
  if (!authenticated_ && !authenticate(frame)) return;
  if (frame.heartbeat) return;
  const std::optional<Command> command =
      speaks_protocol_3() ? netsvr::find_command_of_protocol_3(frame.command) : netsvr::find_command(frame.command);
  if (!command) return refuse(fmt::format("unknown command {}", frame.command));
  on_command(*command, frame.message);
}

void BusinessConnection::on_command(Command command, std::string_view message) {
  server_.metrics_.count_command(command);
  if (is_tcp_ && !speaks_protocol_3() && !server_.protocol_3_named_ && is_of_protocol_3(command, message)) {
    server_.protocol_3_named_ = true;
    log::warning(
        "business speaks protocol 3, its queries are misunderstood peer={} command={} "
        "hint=\"set netsvr-protocol = 3, or update its library\"",
        peer(), netsvr::to_string(command));
  }
  switch (command) {
    // Whoever comes here has said the secret, or needs none.
    case Command::kAuthenticate: return write(command, authentication(true));
    case Command::kMetrics:
      if (!stream_->closed()) write(command, server_.metrics_.answer(speaks_protocol_3()));
      return;
    case Command::kFrameLimit:
      if (!stream_->closed()) write(command, frame_limit(server_.options_.max_frame_bytes));
      return;
    case Command::kRegister: return register_business(message);
    case Command::kUnRegister: return unregister(message);
    case Command::kAcknowledge: return acknowledge(message);
    default: break;
  }
  switch (server_.commands_.run(command, message)) {
    case OneWayCommands::Outcome::kDone: closes_given_ = closes_given_ || closes_connections(command); return;
    case OneWayCommands::Outcome::kMalformed: return warn_of(command, kMalformed);
    case OneWayCommands::Outcome::kNotOneWay: break;
  }
  if (stream_->closed()) return;  // nobody waits for a reply
  asking_ = true;
  const auto outcome = run_query(server_.gateway_, server_.gateway_.shard(0), command, message,
                                 [weak = weak_from_this(), command](const google::protobuf::MessageLite& reply) {
                                   if (const auto self = weak.lock()) self->on_reply(command, reply);
                                 });
  if (outcome == QueryOutcome::kAsked) return;
  asking_ = false;
  if (outcome == QueryOutcome::kMalformed) return warn_of(command, kMalformed);
  refuse(fmt::format("command {} is none of a business's", netsvr::to_string(command)));
}

void BusinessConnection::on_reply(Command command, const google::protobuf::MessageLite& reply) {
  asking_ = false;
  if (stream_->closed()) return;
  if (const std::size_t size = reply.ByteSizeLong(); size > server_.options_.max_reply_bytes) {
    refuse_reply(command, size);
  } else {
    write(command, reply);
  }
  read_on();
}

void BusinessConnection::refuse_reply(Command command, std::size_t size) {
  netsvr::Refused refused;
  refused.set_command(to_id(command));
  refused.set_reason(fmt::format("the reply to {} would have {} bytes, more than {}", netsvr::to_string(command), size,
                                 server_.options_.max_reply_bytes));
  log::warning("query refused reason=\"{}\" link={}", refused.reason(), link_id_);
  write(Command::kRefused, refused);
}

// ---- registration

bool BusinessConnection::authenticate(const netsvr::Frame& frame) {
  const bool asks = !frame.heartbeat && frame.command == to_id(Command::kAuthenticate);
  netsvr::Authenticate request;
  authenticated_ = asks && request.ParseFromArray(frame.message.data(), static_cast<int>(frame.message.size())) &&
                   is_same_secret(request.secret(), server_.options_.secret);
  if (authenticated_) return true;
  server_.count_refused(asks ? "wrong secret" : "it did not say the secret first", peer());
  refused_ = true;
  if (asks) {
    write(Command::kAuthenticate, authentication(false));
    stream_->flush();
  }
  stream_->close();
  return false;
}

void BusinessConnection::register_business(std::string_view message) {
  if (stream_->closed()) return;
  netsvr::RegisterReq request;
  netsvr::RegisterResp response;
  const bool parsed = request.ParseFromArray(message.data(), static_cast<int>(message.size()));
  const gateway::EventKinds kinds = event_kinds(request);
  if (!parsed) {
    response.set_code(netsvr::RegisterResp::UNMARSHAL_ERROR);
  } else if (kinds.empty() && request.fastcgi_address().empty()) {
    response.set_code(netsvr::RegisterResp::INVALID_EVENT);
  } else if (registration_ != Registration::kNone) {
    response.set_code(netsvr::RegisterResp::DUPLICATE_REGISTER);
  }
  response.set_message(code_name(response.code()));
  if (response.code() != netsvr::RegisterResp::SUCCESS) {
    warn_of(Command::kRegister, response.message());
    write(Command::kRegister, response);  // it may try again, as with netsvr
    return;
  }

  registration_ = Registration::kActive;
  business_options_.events = kinds;
  business_options_.window = std::min(request.acknowledge_window(), kLargestWindow);
  business_options_.request_address = request.fastcgi_address();
  form_.numbered = business_options_.window > 0;
  form_.meta = request.wants_meta();
  form_.lean = request.lean();
  const bool is_old = is_tcp_ && server_.options_.protocol < 6 && request.library().empty();
  form_.before_6 = is_old || request.process_cmd_goroutine_num() > 0;
  const std::uint32_t slot = request.scoreboard_slot();
  if (server_.scoreboard_ != nullptr && slot > 0 && slot <= server_.scoreboard_->worker_slots()) {
    generation_ = request.scoreboard_generation();
    slot_ = &server_.scoreboard_->worker(slot - 1);
    if (slot_->generation.load(std::memory_order_acquire) != generation_) slot_ = nullptr;
    business_options_.worker = {slot_, generation_};
  }
  link_id_ = new_link_id();
  server_.links_.emplace(link_id_, this);
  log::info("business registered link={} events={} window={} library={}", link_id_, to_string(business_options_.events),
            business_options_.window, quote(request.library()));

  // The answer goes alone: netsvr's PHP library loses what comes in the same read.
  response.set_conn_id(link_id_);
  if (!request.library().empty()) response.set_max_frame_bytes(server_.options_.max_frame_bytes);
  write(Command::kRegister, response);
  if (request.library().empty()) {
    stream_->flush();
    first_event_timer_.start(server_.options_.first_event_delay);
  } else {
    join_dispatcher();
  }
}

void BusinessConnection::join_dispatcher() {
  if (stream_->closed()) return;
  business_ = server_.dispatcher_.add(*this, business_options_);
}

// worker address and port | peer's address and port | unix seconds; of a Unix socket, a number instead of the
// addresses.
std::string BusinessConnection::new_link_id() {
  const net::SocketAddress local = net::SocketAddress::of_local(stream_->fd());
  const net::SocketAddress peer = net::SocketAddress::of_peer(stream_->fd());
  const std::string addresses =
      local.family() == AF_INET ? hex_address(local) + hex_address(peer) : fmt::format("{:024x}", ++server_.last_link_);
  return addresses + fmt::format("{:08x}", static_cast<std::uint32_t>(unix_seconds()));
}

void BusinessConnection::acknowledge(std::string_view bytes) {
  netsvr::Acknowledge message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return refuse("malformed acknowledgement");  // skipping it would leave its events under way for ever
  }
  if (!awaits_closes()) return take_acknowledgement(business_, message.sequence());
  // It would set free what waits of the connections that this business has closed before it.
  asking_ = true;
  after_closes([this, business = business_, sequence = message.sequence()] {
    asking_ = false;
    take_acknowledgement(business, sequence);
    read_on();
  });
}

void BusinessConnection::take_acknowledgement(dispatch::BusinessId business, std::uint64_t sequence) {
  if (business == 0 || !server_.dispatcher_.acknowledge(business, sequence)) {
    refuse(fmt::format("acknowledgement of event {}, which it was not sent", sequence));
  }
}

void BusinessConnection::after_closes(std::function<void()> then) {
  if (!awaits_closes()) return then();
  closes_given_ = false;
  ++waits_for_closes_;
  server_.gateway_.after_commands(server_.gateway_.shard(0), [self = shared_from_this(), then = std::move(then)] {
    --self->waits_for_closes_;
    then();
  });
}

void BusinessConnection::unregister(std::string_view bytes) {
  netsvr::UnRegisterReq request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return warn_of(Command::kUnRegister, kMalformed);
  }
  const auto answer = [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self && !self->stream_->closed()) self->write(Command::kUnRegister, netsvr::UnRegisterResp());
  };
  const auto link = server_.links_.find(request.conn_id());
  if (link == server_.links_.end()) return answer();
  link->second->leave(answer);
}

void BusinessConnection::leave(std::function<void()> left) {
  if (registration_ == Registration::kEnded) return left();
  on_left_.push_back(std::move(left));
  if (registration_ == Registration::kEnding) return;
  registration_ = Registration::kEnding;
  log::info("business unregisters link={}", link_id_);
  first_event_timer_.stop();
  if (business_ == 0) return on_left();
  server_.dispatcher_.leave(business_, [this] { on_left(); });
}

void BusinessConnection::on_left() {
  registration_ = Registration::kEnded;
  for (const std::function<void()>& left : std::exchange(on_left_, {})) left();
}

// The last event that the business has begun, as far as anybody can know: a remote one, or one whose place another
// process has taken, may have begun them all.
std::uint64_t BusinessConnection::begun() const {
  if (slot_ == nullptr) return last_sequence_;
  const std::uint64_t begun = last_begun_event(*slot_);
  return slot_->generation.load(std::memory_order_acquire) == generation_ ? begun : last_sequence_;
}

// As after an exception that the handler does not catch: the client hears that its message was not handled.
void BusinessConnection::close_what_crashed() {
  if (!business_options_.worker.has_crashed()) return;  // a worker that was killed says nothing about its message
  for (const gateway::ConnectionId& connection : server_.dispatcher_.messages_under_way(business_)) {
    log::error("message not handled, its connection is closed connection={} reason=\"its worker crashed\"",
               connection.hex());
    server_.gateway_.commands().close(server_.gateway_.shard(0), connection,
                                      {websocket::close_code::kInternalError, ""});
    closes_given_ = true;
  }
}

void BusinessConnection::end_link() {
  if (link_id_.empty() || std::exchange(link_ended_, true)) return;
  first_event_timer_.stop();
  const std::uint64_t last = begun();
  if (business_ != 0) {
    server_.dispatcher_.end(business_, last);
    close_what_crashed();
  }
  after_closes([this, last, business = std::exchange(business_, 0)] {
    if (business != 0) server_.dispatcher_.remove(business, last);
    if (server_.links_.erase(link_id_) > 0) log::info("business ended link={}", link_id_);
    if (registration_ != Registration::kEnded) on_left();
  });
}

// ---- dispatch::BusinessLink

void BusinessConnection::deliver(const Event& event, std::uint64_t sequence) {
  last_sequence_ = sequence;
  if (stream_->closed()) return;
  server_.frame_.clear();
  server_.encoder_.append(server_.frame_, event, sequence, form_);
  server_.metrics_.count_event(server_.frame_.size());
  stream_->write(server_.frame_);
}

bool BusinessConnection::full() {
  if (stream_->unsent() <= server_.options_.max_unsent_event_bytes) return false;
  said_full_ = true;
  return true;
}

bool BusinessConnection::taking_back() { return slot_ != nullptr && taken_back_ > last_begun_event(*slot_); }

std::uint64_t BusinessConnection::take_back(std::uint64_t last_sequence) {
  const auto still_there = [this] { return slot_->generation.load(std::memory_order_acquire) == generation_; };
  if (slot_ == nullptr || stream_->closed() || !still_there()) return last_sequence;
  // Only when it has read the last notice: else it would take the end of that for the end of this.
  if (taken_back_ > last_begun_event(*slot_)) return last_sequence;
  if (last_begun_event(*slot_) >= last_sequence) return last_sequence;  // nothing is left to take
  const std::uint64_t begun = take_back_events(*slot_);
  if (!still_there()) {  // that was another process already: let it go on
    resume_events(*slot_, begun);
    return last_sequence;
  }
  taken_back_ = last_sequence;
  netsvr::TakenBack notice;
  notice.set_through(last_sequence);
  write(Command::kTakenBack, notice);
  return begun;
}

}  // namespace laraman::backends::netsvr
