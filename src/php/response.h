// The answer to the request under way, on its way from PHP to the FastCGI connection: a small one is kept until it is
// complete and leaves in one write with its headers; flush(), or more than kBufferLimit bytes, switches to streaming.
#pragma once

#include <csignal>
#include <cstddef>
#include <string>
#include <string_view>

#include "php/fastcgi_server.h"

namespace laraman::php {

class Response {
 public:
  static constexpr std::size_t kBufferLimit = 256 * 1024;

  // Begins the answer on `connection`, which stays until finish(). `head_request`: the answer will have no body.
  void start(FastCgiConnection* connection, bool head_request);
  // An answer is under way: start() came, finish() did not.
  bool active() const { return connection_ != nullptr; }
  bool head_set() const { return !head_.empty(); }
  // The client has the whole answer; what is written after that is dropped.
  bool ended() const { return ended_; }
  bool aborted() const { return connection_->aborted(); }
  int status() const { return status_; }  // 200 until begin_head()

  // The head: begin_head(), then each header. `reason` may be empty.
  void begin_head(int status, std::string_view reason);
  void add_header(std::string_view line);  // "Name: value"
  void add_header(std::string_view name, std::string_view value);

  // True if something went to the client.
  bool write(std::string_view data);
  // Sends what there is.
  void flush();
  // `last` ends the answer; the request goes on.
  void end(std::string_view last = {});
  // Forgets head and body, if nothing of them has left yet; false otherwise.
  bool reset();
  // What has left is all: finish() lets the client see that something is missing.
  void break_off();
  // The request is over. Without a head the answer is an empty 500.
  void finish();

  // From a signal handler: answers 504 if nothing has been sent yet; from then on nothing else is. The request stays
  // under way, so that the worker gets no other.
  void cut_in_signal();

 private:
  void complete_head(std::string_view last);
  void send(std::string_view last, bool end);

  FastCgiConnection* connection_ = nullptr;
  std::string head_;  // header lines, without the empty line at their end
  std::string body_;  // not sent yet
  int status_ = 200;
  bool has_length_ = false;
  bool head_request_ = false;
  bool head_sent_ = false;
  bool ended_ = false;
  bool broken_ = false;
  // What cut_in_signal() must know, and sets: the one before the other is looked at, so that only one of the two sends.
  volatile std::sig_atomic_t begun_ = 0;
  volatile std::sig_atomic_t cut_ = 0;
};

}  // namespace laraman::php
