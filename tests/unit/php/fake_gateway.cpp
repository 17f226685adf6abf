#include "fake_gateway.h"

#include <poll.h>
#include <sys/socket.h>

#include <cstdlib>
#include <utility>

#include "net/socket.h"

namespace laraman::php::test {
namespace netsvr = wire::netsvr;
using netsvr::Command;

namespace {

constexpr int kPatienceMs = 10'000;

bool wait_readable(int fd, int timeout_ms) {
  pollfd entry{fd, POLLIN, 0};
  return ::poll(&entry, 1, timeout_ms) > 0;
}

}  // namespace

FakeGateway::FakeGateway(const std::string& address) {
  auto listener = net::listen_on(*net::SocketAddress::parse(address));
  if (!listener) std::abort();
  listener_ = std::move(*listener);
  address_ = net::SocketAddress::of_local(listener_.get()).to_string();
}

netsvr::RegisterReq FakeGateway::accept_worker() {
  netsvr::RegisterReq request;
  if (!wait_readable(listener_.get(), kPatienceMs)) return request;
  worker_ = UniqueFd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  reader_ = netsvr::FrameReader();
  sequence_ = 0;
  auto received = receive();
  if (!secret_.empty()) {
    netsvr::Authenticate said;
    if (!received || received->command != Command::kAuthenticate || !said.ParseFromString(received->message)) {
      return request;
    }
    netsvr::AuthenticateResp answer;
    answer.set_ok(said.secret() == secret_);
    send(Command::kAuthenticate, answer);
    received = receive();
  }
  if (!received || received->command != Command::kRegister) return request;
  request.ParseFromString(received->message);
  netsvr::RegisterResp response;
  response.set_code(netsvr::RegisterResp::SUCCESS);
  response.set_message("Success");
  response.set_conn_id(std::string(32, 'a'));
  send(Command::kRegister, response);
  return request;
}

void FakeGateway::send(Command command, const google::protobuf::MessageLite& message) {
  netsvr::append_frame(queued_, command, message);
  send_queued();
}

void FakeGateway::queue_message(const std::string& data) {
  netsvr::Transfer transfer;
  transfer.set_uniq_id("0001");
  transfer.set_customer_id("7");
  transfer.set_session("a session");
  transfer.add_topics("room.1");
  transfer.add_topics("room.2");
  transfer.set_data(data);
  transfer.set_sequence(++sequence_);
  transfer.set_path("/chat/1?token=x");
  (*transfer.mutable_meta())["Socket"] = R"({"route":"chat"})";
  netsvr::append_frame(queued_, Command::kTransfer, transfer);
}

void FakeGateway::send_queued() {
  std::string_view bytes = queued_;
  while (!bytes.empty()) {
    const ssize_t sent = ::send(worker_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) break;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  queued_.clear();
}

void FakeGateway::send_message(const std::string& data) {
  queue_message(data);
  send_queued();
}

std::optional<FakeGateway::Received> FakeGateway::receive() {
  while (worker_) {
    auto frame = reader_.next();
    if (!frame.ok()) return std::nullopt;
    if (frame->has_value()) {
      return Received{static_cast<Command>((*frame)->command), std::string((*frame)->message)};
    }
    if (!wait_readable(worker_.get(), kPatienceMs)) return std::nullopt;
    const ssize_t count = ::recv(worker_.get(), buffer_, sizeof buffer_, 0);
    if (count <= 0) return std::nullopt;
    reader_.feed({buffer_, static_cast<std::size_t>(count)});
  }
  return std::nullopt;
}

std::string FakeGateway::receive_cast() {
  const auto received = receive();
  if (!received) return "(nothing)";
  netsvr::SingleCast cast;
  if (received->command != Command::kSingleCast || !cast.ParseFromString(received->message)) {
    return "(" + std::string(netsvr::to_string(received->command)) + ")";
  }
  return cast.data();
}

std::uint64_t FakeGateway::receive_acknowledge() {
  const auto received = receive();
  netsvr::Acknowledge acknowledge;
  if (!received || received->command != Command::kAcknowledge) return 0;
  return acknowledge.ParseFromString(received->message) ? acknowledge.sequence() : 0;
}

bool FakeGateway::is_quiet() { return !wait_readable(worker_.get(), 100); }

}  // namespace laraman::php::test
