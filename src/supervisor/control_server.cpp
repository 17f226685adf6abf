#include "supervisor/control_server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "base/log.h"
#include "base/try.h"
#include "net/stream.h"
#include "supervisor/sockets.h"

namespace laraman::supervisor {
namespace {

constexpr std::size_t kMaxSessions = 32;
constexpr std::size_t kLongestLine = 4096;
constexpr Duration kIdleLimit = std::chrono::seconds(30);  // for a client to say what it wants

bool may_control(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == 0 || peer.uid == ::geteuid();
}

}  // namespace

nlohmann::json control_failure(const std::string& message) { return {{"ok", false}, {"error", message}}; }

class ControlServer::Session final : private net::Stream::Handler, public std::enable_shared_from_this<Session> {
 public:
  explicit Session(ControlServer& server) : server_(server), idle_limit_(server.loop_, [this] { stream_->close(); }) {}

  Result<void> open(UniqueFd fd) {
    allowed_ = may_control(fd.get());
    ASSIGN_OR_RETURN(stream_, net::Stream::open(server_.loop_, std::move(fd), *this));
    idle_limit_.start(kIdleLimit);
    return {};
  }

 private:
  std::size_t on_data(std::span<char> bytes) override {
    const std::string_view text(bytes.data(), bytes.size());
    std::size_t used = 0;
    for (std::size_t end; (end = text.find('\n', used)) != std::string_view::npos; used = end + 1) {
      handle(text.substr(used, end - used));
    }
    if (text.size() - used > kLongestLine) stream_->close();
    return used;
  }

  void on_peer_end() override {
    if (waiting_for_ == 0) stream_->close_when_sent();
    peer_ended_ = true;
  }

  void on_closed(const Error*) override { server_.forget(*this); }

  void handle(std::string_view line) {
    idle_limit_.stop();
    if (!allowed_) {
      write(control_failure("only root and the user that the server runs as may do that"));
      stream_->close_when_sent();
      return;
    }
    const nlohmann::json request = nlohmann::json::parse(line, nullptr, false);
    if (!request.is_object() || !request.contains("command") || !request["command"].is_string()) {
      write(control_failure("not a request: send {\"command\":\"status\"} or another"));
      return;
    }
    ++waiting_for_;
    server_.handler_(request, [weak = weak_from_this()](const nlohmann::json& answer) {
      const std::shared_ptr<Session> session = weak.lock();
      if (session && !session->stream_->closed()) session->answered(answer);
    });
  }

  void answered(const nlohmann::json& answer) {
    --waiting_for_;
    write(answer);
    if (peer_ended_ && waiting_for_ == 0) stream_->close_when_sent();
  }

  void write(const nlohmann::json& answer) {
    stream_->write(answer.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    stream_->flush();  // the loop may be about to end
  }

  ControlServer& server_;
  std::unique_ptr<net::Stream> stream_;
  net::Timer idle_limit_;
  int waiting_for_ = 0;  // answers
  bool allowed_ = false;
  bool peer_ended_ = false;
};

Result<std::unique_ptr<ControlServer>> ControlServer::open(net::EventLoop& loop, const std::string& path,
                                                           Handler handler) {
  ASSIGN_OR_RETURN(UniqueFd socket, listen_with_mode(path, 0600));
  Result<std::unique_ptr<ControlServer>> server = open(loop, std::move(socket), std::move(handler));
  if (server) (*server)->path_ = path;
  return server;
}

Result<std::unique_ptr<ControlServer>> ControlServer::open(net::EventLoop& loop, UniqueFd listening, Handler handler) {
  std::unique_ptr<ControlServer> server(new ControlServer(loop, std::move(handler)));
  Result<std::unique_ptr<net::Listener>> listener = net::Listener::open(
      loop, std::move(listening), [server = server.get()](UniqueFd fd) { server->accept(std::move(fd)); });
  if (!listener) return std::move(listener.error());
  server->listener_ = std::move(*listener);
  return server;
}

ControlServer::~ControlServer() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

void ControlServer::accept(UniqueFd fd) {
  if (sessions_.size() >= kMaxSessions) return;
  auto session = std::make_shared<Session>(*this);
  if (Result<void> opened = session->open(std::move(fd)); !opened) {
    log::warning("control connection not taken error=\"{}\"", opened.error().message());
    return;
  }
  sessions_.push_back(std::move(session));
}

void ControlServer::forget(Session& session) {
  const auto found = std::find_if(sessions_.begin(), sessions_.end(),
                                  [&session](const std::shared_ptr<Session>& s) { return s.get() == &session; });
  if (found == sessions_.end()) return;
  loop_.destroy_later(std::move(*found));
  sessions_.erase(found);
}

}  // namespace laraman::supervisor
