// HttpClient: HTTP requests that the gateway itself makes (callbacks), on one event loop, over libcurl. Connections are
// kept and used again.
//
// For the loop's thread only.
#pragma once

#include <curl/curl.h>

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "net/event_loop.h"

namespace laraman::backends::callbacks {

struct HttpClientLimits {
  std::size_t in_flight = 32;                // at once, on as many connections
  std::size_t waiting = 10'000;              // for one of those to end; above it, requests fail at once
  std::size_t max_response_bytes = 2 << 20;  // of a body; a longer one fails
};

class HttpClient {
 public:
  struct Request {
    std::string url;  // http: or https:
    std::string content_type;
    std::string accept;  // empty: no such field
    std::string body;
  };
  struct Response {
    long status = 0;
    std::string body;
  };
  // kTimeout; kLimit if too many wait; kInvalid if the response is too long; kUnavailable for all else.
  using OnResponse = std::function<void(Result<Response>)>;

  // The first call must come before other threads start.
  static Result<std::unique_ptr<HttpClient>> create(net::EventLoop& loop, const HttpClientLimits& limits = {});
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  // What is pending is given up without a word.
  ~HttpClient();

  // Redirects are followed a few times (as browsers do it: 302 makes a GET of it). `timeout` is for the whole, waiting
  // included; the same for all requests of a client. `on_response` is called once, from a later turn.
  void post(Request request, Duration timeout, OnResponse on_response);

  // Requests without their answer yet.
  std::size_t pending() const { return waiting_.size() + in_flight_.size() + failed_.size(); }

 private:
  struct Transfer;
  class Socket;

  HttpClient(net::EventLoop& loop, const HttpClientLimits& limits);
  Result<void> open();
  void start(std::unique_ptr<Transfer> transfer);
  void start_waiting();
  void fail_later(std::unique_ptr<Transfer> transfer, Error error);
  void act(int fd, int events);
  void take_finished();
  void finish(CURL* easy, CURLcode code);

  // What libcurl calls.
  static int on_socket(CURL* easy, curl_socket_t fd, int what, void* client, void* socket);
  static int on_timer(CURLM* multi, long milliseconds, void* client);
  static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* transfer);

  net::EventLoop& loop_;
  const HttpClientLimits limits_;
  CURLM* multi_ = nullptr;
  std::map<int, std::shared_ptr<Socket>> sockets_;
  std::map<CURL*, std::unique_ptr<Transfer>> in_flight_;
  std::deque<std::unique_ptr<Transfer>> waiting_;
  std::vector<std::pair<OnResponse, Error>> failed_;  // to be told at the next turn
  net::Timer timer_;                                  // libcurl's
  net::Timer fail_timer_;
};

}  // namespace laraman::backends::callbacks
