#include "server/gateway_role.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>

#include "backends/callbacks/callbacks.h"
#include "backends/fastcgi/workers.h"
#include "base/handed_down.h"
#include "base/log.h"
#include "base/scoreboard.h"
#include "base/signal_fd.h"
#include "base/try.h"
#include "clients/raw_protocol.h"
#include "clients/websocket_transport.h"
#include "gateway/gateway.h"
#include "net/event_loop.h"
#include "net/socket.h"
#include "server/certificates.h"
#include "server/handlers/application_handler.h"
#include "server/handlers/file_handler.h"
#include "server/handlers/metrics_handler.h"
#include "server/port.h"

namespace laraman::server {
namespace {

constexpr Duration kStopCheckInterval = std::chrono::milliseconds(20);
constexpr Duration kCertificateCheckInterval = std::chrono::minutes(1);

// Answers every message with itself.
class Echo final : public gateway::EventSink {
 public:
  void on_event(gateway::Shard& shard, gateway::Event&& event) override {
    if (event.kind != gateway::Event::Kind::kMessage) return;
    shard.send(event.connection, event.message);
    if (event.confirm) shard.confirm_events(event.connection);
  }
};

// The signals of this role as events of a loop.
class Signals final : public net::IoHandler {
 public:
  Signals(net::EventLoop& loop, std::function<void(int)> on_signal) : loop_(loop), on_signal_(std::move(on_signal)) {}
  ~Signals() { loop_.remove(signals_.get(), *this); }

  // Call before the first thread: they inherit the blocked signals.
  Result<void> open() {
    ASSIGN_OR_RETURN(signals_, SignalFd::open({SIGTERM, SIGINT, SIGHUP, SIGUSR1}));
    return loop_.add(signals_.get(), EPOLLIN, *this);
  }

  void on_io(std::uint32_t) override {
    while (const int signal = signals_.next()) on_signal_(signal);
  }

 private:
  net::EventLoop& loop_;
  std::function<void(int)> on_signal_;
  SignalFd signals_;
};

// Answers the supervisor's pings on one loop: it turns.
class Pings final : private net::IoHandler {
 public:
  Pings(net::EventLoop& loop, UniqueFd fd, LoopSlot& slot) : loop_(loop), fd_(std::move(fd)), slot_(slot) {}
  Pings(const Pings&) = delete;
  Pings& operator=(const Pings&) = delete;
  ~Pings() { loop_.remove(fd_.get(), *this); }

  Result<void> open() { return loop_.add(fd_.get(), EPOLLIN, *this); }

 private:
  void on_io(std::uint32_t) override {
    std::uint64_t pings = 0;
    if (::read(fd_.get(), &pings, sizeof pings) > 0) slot_.pings.add();
  }

  net::EventLoop& loop_;
  UniqueFd fd_;
  LoopSlot& slot_;
};

class Role {
 public:
  explicit Role(const GatewayOptions& options)
      : options_(options), certificates_(options.tls), raw_protocol_(options.heartbeat_message) {}
  ~Role() {
    if (!socket_file_.empty()) ::unlink(socket_file_.c_str());
  }

  Result<void> start() {
    if (UniqueFd fd = take_handed_down_one("LARAMAN_SCOREBOARD_FD")) {
      ASSIGN_OR_RETURN(scoreboard_, Scoreboard::open(std::move(fd)));
    }
    RETURN_IF_ERROR(load_certificates());
    ASSIGN_OR_RETURN(std::vector<UniqueFd> listening, listening_sockets());
    for (std::size_t i = 0; i < listening.size(); ++i) {
      ASSIGN_OR_RETURN(std::unique_ptr<net::EventLoop> loop, net::EventLoop::create());
      loops_.push_back(std::move(loop));
      websockets_.push_back(std::make_unique<clients::WebSockets>(options_.websocket));
    }
    RETURN_IF_ERROR(open_callbacks());
    signals_ = std::make_unique<Signals>(*loops_.front(), [this](int signal) { on_signal(signal); });
    RETURN_IF_ERROR(signals_->open());
    RETURN_IF_ERROR(open_business_ports());
    RETURN_IF_ERROR(open_gateway());
    RETURN_IF_ERROR(open_pings());
    RETURN_IF_ERROR(open_ports(std::move(listening)));
    RETURN_IF_ERROR(open_business_server());
    return open_metrics();
  }

  void run() {
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < loops_.size(); ++i) {
      threads.emplace_back([this, i] { loops_[i]->run(); });
    }
    loops_.front()->run();
    for (std::thread& thread : threads) thread.join();
  }

  const std::string& address() const { return address_; }
  std::size_t loops() const { return loops_.size(); }

 private:
  // What the router of one loop leads to.
  struct Served {
    std::unique_ptr<FileHandler> files;
    std::unique_ptr<backends::fastcgi::Workers> workers;
    std::unique_ptr<ApplicationHandler> application;
    std::unique_ptr<Admission> admission;
  };

  struct BusinessPort {
    UniqueFd listening;
    std::string heartbeat;  // empty: that of the options
    std::string file;       // of a Unix socket
    unsigned mode = 0600;   // of the file
  };

  Result<void> load_certificates() {
    if (!certificates_.configured()) return {};
    return certificates_.load();
  }

  Result<std::vector<UniqueFd>> listening_sockets() {
    std::vector<UniqueFd> sockets = take_handed_down("LARAMAN_LISTEN_FDS");
    if (sockets.empty()) {
      ASSIGN_OR_RETURN(sockets, net::listen_for_loops(options_.listen));
      const net::SocketAddress own = net::SocketAddress::of_local(sockets.front().get());
      if (own.is_unix()) socket_file_ = own.host();
    }
    address_ = net::SocketAddress::of_local(sockets.front().get()).to_string();
    return sockets;
  }

  // One a loop.
  Result<void> open_callbacks() {
    if (options_.callbacks.open_url.empty() && options_.callbacks.close_url.empty()) return {};
    if (options_.application) {
      return Error{ErrorCode::kInvalid, "HTTP callbacks are for a gateway without an application", "callback-open",
                   "the application's socket routes decide about its clients"};
    }
    for (const auto& loop : loops_) {
      backends::callbacks::CallbackOptions options = options_.callbacks;
      options.message_type = options_.business.message_type;
      ASSIGN_OR_RETURN(std::unique_ptr<backends::callbacks::Callbacks> callbacks,
                       backends::callbacks::Callbacks::create(*loop, std::move(options)));
      callbacks_.push_back(std::move(callbacks));
    }
    return {};
  }

  Result<void> open_business_ports() {
    RETURN_IF_ERROR(open_business_port("LARAMAN_WORKER_FD", options_.worker_socket));
    RETURN_IF_ERROR(open_business_port(nullptr, options_.netsvr_worker_address));
    // The last one names the gateway: businesses elsewhere know that one.
    RETURN_IF_ERROR(open_business_port("LARAMAN_TASK_FD", options_.task_socket, true));
    return open_business_port(nullptr, options_.netsvr_task_address, true);
  }

  Result<void> open_business_port(const char* handed_down, const std::string& address, bool is_task_port = false) {
    UniqueFd fd = handed_down != nullptr ? take_handed_down_one(handed_down) : UniqueFd();
    if (!fd && address.empty()) return {};
    if (!fd) {
      ASSIGN_OR_RETURN(net::SocketAddress parsed, net::SocketAddress::parse(address));
      ASSIGN_OR_RETURN(fd, net::listen_on(parsed));
    }
    const net::SocketAddress local = net::SocketAddress::of_local(fd.get());
    log::info("business port port={} address={}", is_task_port ? "task" : "worker", local.to_string());
    if (is_task_port && local.family() == AF_INET) task_address_ = local.to_string();
    business_ports_.push_back({std::move(fd), is_task_port ? options_.task_heartbeat : std::string(),
                               local.is_unix() ? local.host() : std::string(),
                               is_task_port ? net::kTaskSocketMode : net::kWorkerSocketMode});
    return {};
  }

  Result<void> open_gateway() {
    const std::string& id = options_.id.empty() ? task_address_ : options_.id;
    ASSIGN_OR_RETURN(gateway::GatewayAddress address, parse_gateway_id(id));
    gateway::Gateway::Options options;
    options.address = address;
    options.shard = options_.shard;
    options.limits = options_.limits;
    std::vector<net::EventLoop*> loops;
    for (const auto& loop : loops_) loops.push_back(loop.get());
    ASSIGN_OR_RETURN(gateway_,
                     gateway::Gateway::create(std::move(options), loops, scoreboard_ ? &*scoreboard_ : nullptr));
    dispatch_ = std::make_unique<dispatch::Dispatch>(*gateway_, options_.dispatch);
    gateway_->set_event_sink(event_sink());
    return {};
  }

  gateway::EventSink& event_sink() {
    if (options_.echo) return echo_;
    if (callbacks_.empty()) return *dispatch_;
    std::vector<backends::callbacks::Callbacks*> by_loop;
    for (const auto& callbacks : callbacks_) by_loop.push_back(callbacks.get());
    callback_events_ = std::make_unique<backends::callbacks::CallbackEvents>(std::move(by_loop), *dispatch_);
    return *callback_events_;
  }

  Result<void> open_pings() {
    std::vector<UniqueFd> fds = take_handed_down("LARAMAN_PING_FDS");
    for (std::size_t i = 0; i < fds.size() && i < loops_.size(); ++i) {
      pings_.push_back(std::make_unique<Pings>(*loops_[i], std::move(fds[i]), gateway_->shard(i).slot()));
      RETURN_IF_ERROR(pings_.back()->open());
    }
    return {};
  }

  Result<void> open_ports(std::vector<UniqueFd> listening) {
    PortOptions options = options_.port;
    if (!options_.application && options.allowed_origins.empty()) options.allowed_origins = {"*"};
    spools_ = std::make_shared<ResponseSpools>(options.spool);
    PortShares shares;
    shares.spools = spools_;
    ASSIGN_OR_RETURN(shares.named_files, NamedFiles::open(options_.sendfile));
    ASSIGN_OR_RETURN(access_log_, AccessLog::open(options_.access_log));
    shares.access_log = access_log_;
    for (std::size_t i = 0; i < listening.size(); ++i) {
      ASSIGN_OR_RETURN(Router router, make_router(i));
      ASSIGN_OR_RETURN(auto port, Port::open(gateway_->shard(i), *websockets_[i], std::move(router), options,
                                             std::move(listening[i]), shares));
      port->set_tls(certificates_.context());
      ports_.push_back(std::move(port));
    }
    if (certificates_.configured()) watch_certificates();
    return {};
  }

  // What the public port of a loop serves, in this order: files, then the application.
  Result<Router> make_router(std::size_t loop) {
    Router router;
    Served& served = served_.emplace_back();
    if (!options_.port.public_directory.empty()) {
      ASSIGN_OR_RETURN(std::unique_ptr<FileHandler> files,
                       FileHandler::open(*loops_[loop], options_.port.public_directory));
      served.files = std::move(files);
      router.add(*served.files);
    }
    if (options_.application) {
      served.workers = std::make_unique<backends::fastcgi::Workers>(gateway_->shard(loop), *dispatch_);
      served.application = std::make_unique<ApplicationHandler>(*served.workers);
      router.add(*served.application);
      served.admission = std::make_unique<ApplicationAdmission>(*served.workers);
    } else if (!callbacks_.empty() && callbacks_[loop]->asks_at_open()) {
      served.admission = std::make_unique<CallbackAdmission>(*callbacks_[loop]);
    } else {
      served.admission = std::make_unique<OpenAdmission>();
    }
    router.add({PathPatterns(options_.websocket_paths), *served.admission, raw_protocol_});
    return router;
  }

  Result<void> open_business_server() {
    business_server_ = std::make_unique<backends::netsvr::BusinessServer>(
        *gateway_, *dispatch_, scoreboard_ ? &*scoreboard_ : nullptr, options_.business);
    for (BusinessPort& port : business_ports_) {
      Result<void> opened = business_server_->listen(std::move(port.listening), port.heartbeat);
      if (!opened) return opened;
    }
    return {};
  }

  Result<void> open_metrics() {
    if (options_.metrics_address.empty()) return {};
    Result<net::SocketAddress> address = net::SocketAddress::parse(options_.metrics_address);
    if (!address) return std::move(address.error());
    ASSIGN_OR_RETURN(UniqueFd socket, net::listen_on(*address));
    const std::string served_at = net::SocketAddress::of_local(socket.get()).to_string();
    metrics_ = std::make_unique<MetricsHandler>(MetricsSources{*gateway_, dispatch_->dispatcher(), *business_server_,
                                                               scoreboard_ ? &*scoreboard_ : nullptr, *spools_});
    Router router;
    router.add(*metrics_);
    auto port = Port::open(gateway_->shard(0), *websockets_[0], std::move(router), {}, std::move(socket));
    if (!port) return std::move(port.error());
    metrics_port_ = std::move(*port);
    log::info("metrics served address={}", served_at);
    return {};
  }

  // Listens again on Unix sockets whose files were deleted. Businesses that are connected stay.
  void restore_business_ports() {
    for (const BusinessPort& port : business_ports_) {
      std::error_code ignored;
      if (port.file.empty() || std::filesystem::exists(port.file, ignored)) continue;
      Result<UniqueFd> socket = net::listen_with_mode(port.file, port.mode);
      Result<void> listens = socket ? business_server_->listen(std::move(*socket), port.heartbeat) : socket.error();
      if (listens) {
        log::info("business port listens again address={}", port.file);
      } else {
        log::error("business port lost address={} error=\"{}\"", port.file, listens.error().message());
      }
    }
  }

  // ---- certificates

  void watch_certificates() {
    certificate_timer_ = std::make_unique<net::Timer>(*loops_.front(), [this] {
      if (certificates_.changed()) reload_certificates();
      certificate_timer_->start(kCertificateCheckInterval);
    });
    certificate_timer_->start(kCertificateCheckInterval);
  }

  // For new connections; existing connections keep their certificate.
  void reload_certificates() {
    if (Result<void> loaded = certificates_.load(); !loaded) {
      log::error("new certificates cannot be used, the old ones stay error=\"{}\"", loaded.error().message());
      return;
    }
    log::info("certificates loaded again");
    gateway_->on_every_shard(gateway_->shard(0), [this, tls = certificates_.context()](gateway::Shard& shard) {
      ports_[shard.index()]->set_tls(tls);
    });
  }

  // ---- stopping

  void on_signal(int signal) {
    if (signal == SIGHUP) {
      restore_business_ports();
      if (certificates_.configured()) reload_certificates();
      return;
    }
    if (signal == SIGUSR1) {
      if (access_log_) access_log_->reopen();
      return;
    }
    if (signal == SIGINT || stopping_) {
      stop_loops();
      return;
    }
    stopping_ = true;
    log::info("gateway stops");
    gateway_->on_every_shard(gateway_->shard(0), [this](gateway::Shard& shard) {
      ports_[shard.index()]->stop();
      shard.close_all({1012, "service restart"});
    });
    net::EventLoop& first = *loops_.front();
    deadline_ = first.now() + options_.stop_timeout;
    stop_check_ = std::make_unique<net::Timer>(first, [this] { check_stopped(); });
    stop_check_->start(kStopCheckInterval);
  }

  // Ends the loops once all clients are gone and all events are handled, or when the time is over.
  void check_stopped() {
    gateway_->gather<std::size_t>(
        gateway_->shard(0),
        [this](gateway::Shard& shard) {
          const std::size_t callbacks = callbacks_.empty() ? 0 : callbacks_[shard.index()]->pending();
          return ports_[shard.index()]->connections() + shard.size() + shard.closing() + callbacks;
        },
        [this](const std::vector<std::size_t>& open) {
          const bool clients_gone = std::all_of(open.begin(), open.end(), [](std::size_t n) { return n == 0; });
          const dispatch::Dispatcher& dispatcher = dispatch_->dispatcher();
          const bool handled = dispatcher.businesses() == 0 || dispatcher.events_under_way() == 0;
          if ((clients_gone && handled) || loops_.front()->now() >= deadline_) {
            stop_loops();
          } else {
            stop_check_->start(kStopCheckInterval);
          }
        });
  }

  void stop_loops() {
    gateway_->on_every_shard(gateway_->shard(0), [](gateway::Shard& shard) { shard.loop().stop(); });
  }

  const GatewayOptions options_;
  Certificates certificates_;
  std::string socket_file_;  // of the public port, if this process made it
  std::string address_;
  std::string task_address_ = "127.0.0.1:0";  // IPv4, of the last task port
  std::vector<BusinessPort> business_ports_;
  std::optional<Scoreboard> scoreboard_;
  Echo echo_;
  std::shared_ptr<AccessLog> access_log_;
  std::shared_ptr<ResponseSpools> spools_;
  std::vector<std::unique_ptr<net::EventLoop>> loops_;
  std::vector<std::unique_ptr<backends::callbacks::Callbacks>> callbacks_;
  clients::RawProtocol raw_protocol_;
  std::vector<std::unique_ptr<clients::WebSockets>> websockets_;  // by loop
  std::unique_ptr<gateway::Gateway> gateway_;
  std::unique_ptr<dispatch::Dispatch> dispatch_;
  std::unique_ptr<backends::callbacks::CallbackEvents> callback_events_;
  std::deque<Served> served_;  // by loop
  std::vector<std::unique_ptr<Port>> ports_;
  std::unique_ptr<backends::netsvr::BusinessServer> business_server_;
  std::unique_ptr<MetricsHandler> metrics_;
  std::unique_ptr<Port> metrics_port_;
  std::unique_ptr<Signals> signals_;
  std::vector<std::unique_ptr<Pings>> pings_;
  std::unique_ptr<net::Timer> certificate_timer_;
  std::unique_ptr<net::Timer> stop_check_;
  TimePoint deadline_;
  bool stopping_ = false;
};

// The first IPv4 address of an interface that is up and not loopback, in network order; 0 if there is none.
in_addr_t first_own_address() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return 0;
  in_addr_t found = 0;
  for (const ifaddrs* entry = list; entry != nullptr && found == 0; entry = entry->ifa_next) {
    const bool usable = (entry->ifa_flags & IFF_UP) != 0 && (entry->ifa_flags & IFF_LOOPBACK) == 0;
    if (!usable || entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != AF_INET) continue;
    found = reinterpret_cast<const sockaddr_in*>(entry->ifa_addr)->sin_addr.s_addr;
  }
  ::freeifaddrs(list);
  return found;
}

}  // namespace

Result<gateway::GatewayAddress> parse_gateway_id(const std::string& text) {
  ASSIGN_OR_RETURN(net::SocketAddress parsed, net::SocketAddress::parse(text));
  if (parsed.family() != AF_INET) {
    return Error{ErrorCode::kInvalid, "connection ids have room for an IPv4 address only", text,
                 "name the gateway by --gateway-id IPV4:PORT"};
  }
  const auto* in = reinterpret_cast<const sockaddr_in*>(parsed.data());
  in_addr_t host = in->sin_addr.s_addr;
  if (host == htonl(INADDR_ANY)) host = first_own_address();
  gateway::GatewayAddress address{};
  std::memcpy(address.data(), &host, sizeof host);
  std::memcpy(address.data() + sizeof host, &in->sin_port, sizeof in->sin_port);
  return address;
}

int run_gateway(const GatewayOptions& options) {
  ::signal(SIGPIPE, SIG_IGN);
  StartNotice notice;
  Role role(options);
  if (Result<void> started = role.start(); !started) {
    log::error("gateway cannot start error=\"{}\"", started.error().message());
    notice.failed(started.error().message());
    return 1;
  }
  log::info("gateway serves address={} loops={}", role.address(), role.loops());
  notice.ready();
  role.run();
  log::info("gateway ended");
  return 0;
}

}  // namespace laraman::server
