#include "php/response.h"

#include <strings.h>

#include <array>
#include <atomic>
#include <string>

namespace laraman::php {
namespace {

bool is_name(std::string_view line, std::string_view name) {
  return line.size() >= name.size() && ::strncasecmp(line.data(), name.data(), name.size()) == 0 &&
         (line.size() == name.size() || line[name.size()] == ':');
}

constexpr std::string_view kTimeIsUp =
    "Status: 504 Gateway Timeout\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 27\r\n\r\n"
    "The request took too long.\n";

}  // namespace

void Response::start(FastCgiConnection* connection, bool head_request) {
  connection_ = connection;
  head_.clear();
  body_.clear();
  head_request_ = head_request;
  status_ = 200;
  has_length_ = head_sent_ = ended_ = broken_ = false;
  begun_ = 0;
  cut_ = 0;
}

void Response::cut_in_signal() {
  if (connection_ == nullptr || begun_ != 0 || cut_ != 0) return;
  cut_ = 1;
  connection_->answer_in_signal(kTimeIsUp);
}

void Response::begin_head(int status, std::string_view reason) {
  status_ = status;
  has_length_ = false;
  head_ = "Status: ";
  head_ += std::to_string(status);
  if (!reason.empty()) (head_ += ' ') += reason;
  head_ += "\r\n";
}

void Response::add_header(std::string_view line) {
  has_length_ = has_length_ || is_name(line, "Content-Length") || is_name(line, "Transfer-Encoding");
  (head_ += line) += "\r\n";
}

void Response::add_header(std::string_view name, std::string_view value) {
  has_length_ = has_length_ || is_name(name, "Content-Length") || is_name(name, "Transfer-Encoding");
  ((head_ += name) += ": ") += value;
  head_ += "\r\n";
}

bool Response::write(std::string_view data) {
  if (ended_) return false;
  if (body_.size() + data.size() <= kBufferLimit) {
    body_ += data;
    return false;
  }
  connection_->look_for_abort();
  send(data, false);
  return true;
}

void Response::flush() {
  if (ended_) return;
  connection_->look_for_abort();
  send({}, false);
}

void Response::complete_head(std::string_view last) {
  if (head_.empty()) {
    begin_head(500, "Internal Server Error");
    add_header("Content-Type", "text/html; charset=UTF-8");
  }
  const bool may_have_body = status_ >= 200 && status_ != 204 && status_ != 304 && !head_request_;
  if (may_have_body && !has_length_) add_header("Content-Length", std::to_string(body_.size() + last.size()));
}

void Response::send(std::string_view last, bool end) {
  begun_ = 1;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (cut_ != 0) return;
  if (!head_sent_ && head_.empty()) begin_head(status_, {});
  const bool with_head = !head_sent_;
  const std::array<std::string_view, 4> pieces{with_head ? std::string_view(head_) : std::string_view(),
                                               with_head ? std::string_view("\r\n") : std::string_view(), body_, last};
  head_sent_ = true;
  connection_->send_output(pieces, end);
  body_.clear();
}

void Response::end(std::string_view last) {
  if (ended_) return;
  if (!head_sent_) complete_head(last);
  send(last, true);
  ended_ = true;
}

bool Response::reset() {
  if (begun_ != 0) return false;
  head_.clear();
  body_.clear();
  return true;
}

void Response::break_off() {
  if (ended_) return;
  body_.clear();
  ended_ = broken_ = true;
}

void Response::finish() {
  begun_ = 1;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (cut_ != 0) return;
  if (broken_) {
    connection_->break_request();
  } else if (!ended_) {
    if (!head_sent_) complete_head({});
    const std::array<std::string_view, 3> pieces{head_sent_ ? std::string_view() : std::string_view(head_),
                                                 head_sent_ ? std::string_view() : std::string_view("\r\n"), body_};
    connection_->end_request(pieces);
  } else {
    connection_->end_request();
  }
  connection_ = nullptr;
  if (body_.capacity() > 2 * kBufferLimit) body_ = {};
}

}  // namespace laraman::php
