#include "backends/netsvr/business_connection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sys/socket.h>

#include <chrono>
#include <utility>
#include <vector>

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
using netsvr::Command;

constexpr std::uint64_t kMaxUnsentReplies = 1 << 20;  // above it, nothing is read until the business has read
// Above it, the socket is not read. A few kilobytes of publications may be seconds of sending: a business that gives
// more than the gateway can send should feel it at once.
constexpr std::size_t kMaxWaitingBytes = 4096;
constexpr std::size_t kMaxRestBytes = 16 << 20;  // read after the stream has closed, at most
// What one business may cause in one turn, some milliseconds: clients and other businesses have their turn too.
constexpr std::uint64_t kMaxSentATurn = 2'000;
constexpr std::string_view kMalformed = "malformed message";
constexpr Duration kCongestionPause = std::chrono::milliseconds(1);
constexpr Duration kLastReplyWait =
    std::chrono::seconds(10);  // for a business that has ended and must read its replies

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

BusinessConnection::BusinessConnection(BusinessContext& context, BusinessConnectionOwner& owner,
                                       const std::string& heartbeat)
    : context_(context),
      owner_(owner),
      reader_(context.options.max_frame_bytes, heartbeat),
      last_frame_(context.loop().now()),
      wait_timer_(context.loop(), [this] { on_wait_over(); }) {}

Result<void> BusinessConnection::open(UniqueFd fd) {
  rest_.reset(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
  if (!rest_) return system_error("fcntl(F_DUPFD)", "business connection", errno);
  is_tcp_ = !net::SocketAddress::of_local(rest_.get()).is_unix();
  authenticated_ = !is_tcp_ || context_.options.secret.empty();
  ASSIGN_OR_RETURN(stream_, net::Stream::open(context_.loop(), std::move(fd), *this));
  return {};
}

void BusinessConnection::check_silence(Duration longest) {
  if (!is_tcp_ || stream_->closed() || stream_->loop().now() - last_frame_ <= longest) return;
  log::info("business disconnected reason=\"no frame for too long\" link={}", link_id());
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
  gateway::Shard& shard = context_.shard();
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
// catch up. read_on() is called when that is over.
bool BusinessConnection::must_wait() {
  if (stream_->closed()) return false;
  if (asking_ || stream_->unsent() > kMaxUnsentReplies) return true;
  if (!context_.gateway.congested(context_.shard())) return false;
  if (!wait_timer_.running()) wait_timer_.start(kCongestionPause);  // there is no callback for its end
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
  if (link_) link_->drained();
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
  if (error != nullptr) log::debug("business connection broke link={} error=\"{}\"", link_id(), error->message());
  if (reader_.in_frame() && !refused_) log::warning("business ended within a frame link={}", link_id());
  end_link();
  owner_.forget(*this);
}

void BusinessConnection::write(Command command, const google::protobuf::MessageLite& message) {
  std::string frame;
  const std::uint32_t id = speaks_protocol_3() ? netsvr::to_id_of_protocol_3(command) : to_id(command);
  netsvr::append_frame(frame, id, message.SerializeAsString());
  stream_->write(frame);
}

// Ours, on Unix sockets, never do.
bool BusinessConnection::speaks_protocol_3() const { return is_tcp_ && context_.options.protocol == 3; }

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
    log::warning("business disconnected reason=\"{}\" peer={} link={}", reason, peer(), link_id());
  } else {
    context_.count_refused(reason, peer());
  }
  refused_ = true;
  stream_->flush();
  stream_->close();
}

void BusinessConnection::warn_of(Command command, std::string_view reason) {
  const std::uint64_t times = warnings_.admit(stream_->loop().now());
  if (times == 0) return;
  log::warning("command not carried out command={} reason=\"{}\" peer={} link={} times={}", netsvr::to_string(command),
               reason, peer(), link_id(), times);
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
  context_.metrics.count_command(command);
  if (is_tcp_ && !speaks_protocol_3() && !context_.protocol_3_named && is_of_protocol_3(command, message)) {
    context_.protocol_3_named = true;
    log::warning(
        "business speaks protocol 3, its queries are misunderstood peer={} command={} "
        "hint=\"set netsvr-protocol = 3, or update its library\"",
        peer(), netsvr::to_string(command));
  }
  switch (command) {
    // A business that comes here has said the secret, or needs none.
    case Command::kAuthenticate: return write(command, authentication(true));
    case Command::kMetrics:
      if (!stream_->closed()) write(command, context_.metrics.answer(speaks_protocol_3()));
      return;
    case Command::kFrameLimit:
      if (!stream_->closed()) write(command, frame_limit(context_.options.max_frame_bytes));
      return;
    case Command::kRegister: return register_business(message);
    case Command::kUnRegister: return unregister(message);
    case Command::kAcknowledge: return acknowledge(message);
    default: break;
  }
  switch (context_.commands.run(command, message)) {
    case OneWayCommands::Outcome::kDone: closes_given_ = closes_given_ || closes_connections(command); return;
    case OneWayCommands::Outcome::kMalformed: return warn_of(command, kMalformed);
    case OneWayCommands::Outcome::kNotOneWay: break;
  }
  if (stream_->closed()) return;  // the business waits for no reply
  asking_ = true;
  const auto outcome = run_query(context_.gateway, context_.shard(), command, message,
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
  if (const std::size_t size = reply.ByteSizeLong(); size > context_.options.max_reply_bytes) {
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
                                 context_.options.max_reply_bytes));
  log::warning("query refused reason=\"{}\" link={}", refused.reason(), link_id());
  write(Command::kRefused, refused);
}

// ---- registration

bool BusinessConnection::authenticate(const netsvr::Frame& frame) {
  const bool asks = !frame.heartbeat && frame.command == to_id(Command::kAuthenticate);
  netsvr::Authenticate request;
  authenticated_ = asks && request.ParseFromArray(frame.message.data(), static_cast<int>(frame.message.size())) &&
                   is_same_secret(request.secret(), context_.options.secret);
  if (authenticated_) return true;
  context_.count_refused(asks ? "wrong secret" : "it did not say the secret first", peer());
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
  if (!request.ParseFromArray(message.data(), static_cast<int>(message.size()))) {
    response.set_code(netsvr::RegisterResp::UNMARSHAL_ERROR);
  } else if (event_kinds(request).empty() && request.fastcgi_address().empty()) {
    response.set_code(netsvr::RegisterResp::INVALID_EVENT);
  } else if (link_) {
    response.set_code(netsvr::RegisterResp::DUPLICATE_REGISTER);
  }
  response.set_message(code_name(response.code()));
  if (response.code() != netsvr::RegisterResp::SUCCESS) {
    warn_of(Command::kRegister, response.message());
    write(Command::kRegister, response);  // it may try again, as with netsvr
    return;
  }
  begin_link(request);
  response.set_conn_id(link_->id());
  if (!request.library().empty()) response.set_max_frame_bytes(context_.options.max_frame_bytes);
  write(Command::kRegister, response);
  if (request.library().empty()) {
    stream_->flush();  // the answer goes alone: netsvr's PHP library loses what comes in the same read
    link_->join_after(context_.options.first_event_delay);
  } else {
    link_->join();
  }
}

void BusinessConnection::begin_link(const netsvr::RegisterReq& request) {
  const bool is_old = is_tcp_ && context_.options.protocol < 6 && request.library().empty();
  link_ = std::make_unique<Link>(context_, *stream_, request, is_old || request.process_cmd_goroutine_num() > 0);
  context_.links.emplace(link_->id(), link_.get());
  log::info("business registered link={} events={} window={} library={}", link_->id(),
            to_string(link_->options().events), link_->options().window, quote(request.library()));
}

void BusinessConnection::acknowledge(std::string_view bytes) {
  netsvr::Acknowledge message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return refuse("malformed acknowledgement");  // skipping it would leave its events under way for ever
  }
  if (!awaits_closes()) return take_acknowledgement(message.sequence());
  // It would set free what waits of the connections that this business has closed before it.
  asking_ = true;
  after_closes([this, sequence = message.sequence()] {
    asking_ = false;
    take_acknowledgement(sequence);
    read_on();
  });
}

void BusinessConnection::take_acknowledgement(std::uint64_t sequence) {
  if (!link_ || !link_->acknowledge(sequence)) {
    refuse(fmt::format("acknowledgement of event {}, which it was not sent", sequence));
  }
}

void BusinessConnection::after_closes(std::function<void()> then) {
  if (!awaits_closes()) return then();
  closes_given_ = false;
  ++waits_for_closes_;
  context_.gateway.after_commands(context_.shard(), [self = shared_from_this(), then = std::move(then)] {
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
  const auto link = context_.links.find(request.conn_id());
  if (link == context_.links.end()) return answer();
  link->second->leave(answer);
}

void BusinessConnection::end_link() {
  if (!link_ || link_->ended()) return;
  for (const gateway::ConnectionId& connection : link_->end()) {
    log::error("message not handled, its connection is closed connection={} reason=\"its worker crashed\"",
               connection.hex());
    context_.gateway.commands().close(context_.shard(), connection, {websocket::close_code::kInternalError, ""});
    closes_given_ = true;
  }
  after_closes([this] { link_->remove(); });
}

}  // namespace laraman::backends::netsvr
