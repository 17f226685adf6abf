#include "backends/callbacks/http_client.h"
#include "base/try.h"

#include <algorithm>
#include <array>
#include <climits>
#include <utility>

namespace laraman::backends::callbacks {
namespace {

constexpr long kMaxRedirects = 5;

}  // namespace

// One request from post() to its answer.
struct HttpClient::Transfer {
  Request request;
  OnResponse on_response;
  TimePoint deadline;
  std::size_t max_response_bytes = 0;
  CURL* easy = nullptr;
  curl_slist* fields = nullptr;
  std::array<char, CURL_ERROR_SIZE> error{};
  bool too_long = false;
  Response response;

  ~Transfer() {
    curl_easy_cleanup(easy);
    curl_slist_free_all(fields);
  }

  void add_field(const std::string& field) {
    if (curl_slist* longer = curl_slist_append(fields, field.c_str())) fields = longer;
  }
};

// A socket of libcurl's that the loop watches.
class HttpClient::Socket final : public net::IoHandler {
 public:
  Socket(HttpClient& client, int fd) : client_(client), fd_(fd) {}

  Result<void> watch(std::uint32_t events) {
    // libcurl may have closed the descriptor and opened another of the same number.
    if (watched_ && client_.loop_.modify(fd_, events, *this)) return {};
    watched_ = true;
    return client_.loop_.add(fd_, events, *this);
  }
  void forget() {
    if (watched_) client_.loop_.remove(fd_, *this);
    watched_ = false;
  }

  void on_io(std::uint32_t events) override {
    int what = 0;
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLRDHUP)) != 0) what |= CURL_CSELECT_IN;
    if ((events & EPOLLOUT) != 0) what |= CURL_CSELECT_OUT;
    if ((events & EPOLLERR) != 0) what |= CURL_CSELECT_ERR;
    client_.act(fd_, what);
  }

 private:
  HttpClient& client_;
  const int fd_;
  bool watched_ = false;
};

Result<std::unique_ptr<HttpClient>> HttpClient::create(net::EventLoop& loop, const HttpClientLimits& limits) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (initialised != CURLE_OK) return Error{ErrorCode::kSystem, curl_easy_strerror(initialised), "libcurl", ""};
  std::unique_ptr<HttpClient> client(new HttpClient(loop, limits));
  RETURN_IF_ERROR(client->open());
  return client;
}

HttpClient::HttpClient(net::EventLoop& loop, const HttpClientLimits& limits)
    : loop_(loop), limits_(limits), timer_(loop, [this] { act(CURL_SOCKET_TIMEOUT, 0); }), fail_timer_(loop, [this] {
        for (auto& [on_response, error] : std::exchange(failed_, {})) on_response(std::move(error));
      }) {}

Result<void> HttpClient::open() {
  multi_ = curl_multi_init();
  if (multi_ == nullptr) return Error{ErrorCode::kSystem, "out of memory", "libcurl", ""};
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &HttpClient::on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &HttpClient::on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(limits_.in_flight));
  return {};
}

HttpClient::~HttpClient() {
  if (multi_ == nullptr) return;
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, nullptr);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, nullptr);
  for (const auto& [fd, socket] : sockets_) socket->forget();
  for (const auto& [easy, transfer] : in_flight_) curl_multi_remove_handle(multi_, easy);
  in_flight_.clear();
  curl_multi_cleanup(multi_);
}

void HttpClient::post(Request request, Duration timeout, OnResponse on_response) {
  auto transfer = std::make_unique<Transfer>();
  transfer->request = std::move(request);
  transfer->on_response = std::move(on_response);
  transfer->deadline = loop_.now() + timeout;
  transfer->max_response_bytes = limits_.max_response_bytes;
  if (in_flight_.size() < limits_.in_flight) {
    start(std::move(transfer));
  } else if (waiting_.size() < limits_.waiting) {
    waiting_.push_back(std::move(transfer));
  } else {
    fail_later(std::move(transfer), {ErrorCode::kLimit, "too many requests wait", "", ""});
  }
}

void HttpClient::start(std::unique_ptr<Transfer> transfer) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(transfer->deadline - loop_.now()).count();
  if (left <= 0) {
    fail_later(std::move(transfer), {ErrorCode::kTimeout, "no answer in time", "", ""});
    return;
  }
  CURL* easy = curl_easy_init();
  if (easy == nullptr) {
    fail_later(std::move(transfer), {ErrorCode::kSystem, "out of memory", "libcurl", ""});
    return;
  }
  transfer->easy = easy;
  const Request& request = transfer->request;
  transfer->add_field("Content-Type: " + request.content_type);
  if (!request.accept.empty()) transfer->add_field("Accept: " + request.accept);
  transfer->add_field("Expect:");  // no 100-continue: bodies are small
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");  // it is a service of one's own; http_proxy is meant for others
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(easy, CURLOPT_MAXREDIRS, kMaxRedirects);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(std::min<decltype(left)>(left, INT_MAX)));
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->fields);
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error.data());
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &HttpClient::on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer.get());
  in_flight_.emplace(easy, std::move(transfer));
  curl_multi_add_handle(multi_, easy);  // it sets the timer, from which all the rest follows
}

void HttpClient::start_waiting() {
  while (!waiting_.empty() && in_flight_.size() < limits_.in_flight) {
    std::unique_ptr<Transfer> next = std::move(waiting_.front());
    waiting_.pop_front();
    start(std::move(next));
  }
}

void HttpClient::fail_later(std::unique_ptr<Transfer> transfer, Error error) {
  failed_.emplace_back(std::move(transfer->on_response), std::move(error));
  if (!fail_timer_.running()) fail_timer_.start(Duration::zero());
}

void HttpClient::act(int fd, int events) {
  int running = 0;
  curl_multi_socket_action(multi_, fd, events, &running);
  take_finished();
}

void HttpClient::take_finished() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg == CURLMSG_DONE) finish(message->easy_handle, message->data.result);
  }
  start_waiting();
}

void HttpClient::finish(CURL* easy, CURLcode code) {
  const auto it = in_flight_.find(easy);
  const std::unique_ptr<Transfer> transfer = std::move(it->second);
  in_flight_.erase(it);
  curl_multi_remove_handle(multi_, easy);
  if (code == CURLE_OK) {
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &transfer->response.status);
    transfer->on_response(std::move(transfer->response));
    return;
  }
  Error error{ErrorCode::kUnavailable, transfer->error[0] != '\0' ? transfer->error.data() : curl_easy_strerror(code),
              "", ""};
  if (code == CURLE_OPERATION_TIMEDOUT) error.code = ErrorCode::kTimeout;
  if (transfer->too_long) error = {ErrorCode::kInvalid, "the response is too long", "", ""};
  transfer->on_response(std::move(error));
}

int HttpClient::on_socket(CURL*, curl_socket_t fd, int what, void* client_pointer, void*) {
  auto& client = *static_cast<HttpClient*>(client_pointer);
  const auto found = client.sockets_.find(fd);
  if (what == CURL_POLL_REMOVE) {
    if (found == client.sockets_.end()) return 0;
    found->second->forget();
    client.loop_.destroy_later(std::move(found->second));  // it may be the one that called us
    client.sockets_.erase(found);
    return 0;
  }
  std::shared_ptr<Socket> socket =
      found != client.sockets_.end() ? found->second : std::make_shared<Socket>(client, static_cast<int>(fd));
  std::uint32_t events = 0;
  if ((what & CURL_POLL_IN) != 0) events |= EPOLLIN;
  if ((what & CURL_POLL_OUT) != 0) events |= EPOLLOUT;
  if (!socket->watch(events)) return -1;
  client.sockets_[fd] = std::move(socket);
  return 0;
}

int HttpClient::on_timer(CURLM*, long milliseconds, void* client_pointer) {
  auto& client = *static_cast<HttpClient*>(client_pointer);
  if (milliseconds < 0) {
    client.timer_.stop();
  } else {
    client.timer_.start(std::chrono::milliseconds(milliseconds));
  }
  return 0;
}

std::size_t HttpClient::on_body(char* bytes, std::size_t size, std::size_t count, void* transfer_pointer) {
  auto& transfer = *static_cast<Transfer*>(transfer_pointer);
  std::string& body = transfer.response.body;
  if (body.size() + size * count > transfer.max_response_bytes) {
    transfer.too_long = true;
    return 0;  // ends the transfer
  }
  body.append(bytes, size * count);
  return size * count;
}

}  // namespace laraman::backends::callbacks
