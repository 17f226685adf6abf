#include "http/request_parser.h"

#include <algorithm>
#include <array>
#include <utility>

#include "http/syntax.h"

namespace laraman::http {
namespace {

// Fields with one value. Of two lines, one party would obey the first and another the last (RFC 9110 section 5.3).
constexpr std::array<std::string_view, 12> kSingleFields = {
    "host",  "content-length", "content-type", "content-range",     "authorization",       "proxy-authorization",
    "range", "if-range",       "origin",       "if-modified-since", "if-unmodified-since", "transfer-encoding"};

// Methods are case-sensitive, but frameworks take "get" for GET, behind the back of a proxy that does not.
bool is_method(std::string_view text) {
  return is_token(text) && std::none_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

constexpr std::uint8_t kMaxEmptyLines = 2;  // before a request line: RFC 9112 section 2.2 asks for one at least

}  // namespace

RequestParser::State RequestParser::refuse(int status, std::string_view problem) {
  status_ = status;
  problem_ = problem;
  return State::kRefused;
}

Request RequestParser::take() {
  Request request(std::move(headers_), parts_);
  *this = RequestParser(limits_);
  return request;
}

RequestParser::State RequestParser::feed(std::string_view& bytes) {
  if (status_ != 0) return State::kRefused;
  std::string& text = headers_.text();
  if (text.empty()) text.reserve(std::min<std::size_t>(bytes.size(), 2048));
  while (!bytes.empty()) {
    const bool in_request_line = head_begin_ == 0;
    const std::size_t limit = in_request_line ? limits_.request_line + 2 : head_begin_ + limits_.head;
    const std::size_t newline = bytes.find('\n');
    const std::size_t length = newline == bytes.npos ? bytes.size() : newline + 1;
    if (text.size() + length > limit) {
      return in_request_line ? refuse(414, "request line too long") : refuse(431, "header lines too long");
    }
    text.append(bytes.substr(0, length));
    bytes.remove_prefix(length);
    if (newline == std::string_view::npos) break;
    const State state = on_line(text.size());
    if (state != State::kIncomplete) return state;
  }
  return State::kIncomplete;
}

// The line that ends (after its LF) at `end`.
RequestParser::State RequestParser::on_line(std::size_t end) {
  std::string& text = headers_.text();
  const std::string_view line = std::string_view(text).substr(line_begin_, end - line_begin_);
  if (line.size() < 2 || line[line.size() - 2] != '\r') return refuse(400, "line feed without carriage return");
  const std::string_view content = line.substr(0, line.size() - 2);
  State state = State::kIncomplete;
  if (head_begin_ == 0) {
    if (content.empty()) {
      if (++empty_lines_ > kMaxEmptyLines) return refuse(400, "empty request line");
      text.clear();
      return State::kIncomplete;
    }
    state = on_request_line(content);
    head_begin_ = end;
  } else if (content.empty()) {
    state = on_head_end();
  } else {
    state = on_header_line(content);
  }
  line_begin_ = end;
  return state;
}

// RFC 9112 section 3: method SP request-target SP HTTP-version, single spaces.
RequestParser::State RequestParser::on_request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == line.npos || first == last) return refuse(400, "request line has not three parts");
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (!is_method(method)) return refuse(400, "malformed method");
  if (!is_target(target)) return refuse(400, "malformed request target");
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (version.size() != 8 || !version.starts_with("HTTP/") || !digit(version[5]) || version[6] != '.' ||
      !digit(version[7])) {
    return refuse(400, "malformed HTTP version");
  }
  if (version[5] != '1') return refuse(505, "HTTP version not supported");
  parts_.version = version[7] == '0' ? Version::kHttp10 : Version::kHttp11;
  parts_.method_size = static_cast<std::uint32_t>(method.size());
  return on_target(method, target);
}

// RFC 9112 section 3.2.
RequestParser::State RequestParser::on_target(std::string_view method, std::string_view target) {
  if (method == "CONNECT") return refuse(501, "CONNECT is not served");
  if (target == "*") {
    if (method != "OPTIONS") return refuse(400, "asterisk target of another method than OPTIONS");
  } else if (!target.starts_with('/')) {
    const std::size_t colon = target.find("://");
    const std::string_view scheme = target.substr(0, colon == target.npos ? 0 : colon);
    if (!equals_ignoring_case(scheme, "http") && !equals_ignoring_case(scheme, "https")) {
      return refuse(400, "malformed request target");
    }
    const std::string_view rest = target.substr(colon + 3);
    const std::size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
    const std::string_view authority = rest.substr(0, authority_end);
    if (authority.empty() || !is_host(authority)) return refuse(400, "malformed authority of the request target");
    absolute_ = true;
    authority_ = headers_.offset_of(authority);
    authority_size_ = static_cast<std::uint32_t>(authority.size());
    target = rest.substr(authority_end);
  }
  if (!has_good_escapes(target.substr(0, target.find('?')))) return refuse(400, "malformed escape in the path");
  parts_.target = headers_.offset_of(target);
  parts_.target_size = static_cast<std::uint32_t>(target.size());
  return State::kIncomplete;
}

// RFC 9112 section 5: field-name ":" OWS field-value OWS.
RequestParser::State RequestParser::on_header_line(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') return refuse(400, "folded header line");
  const std::size_t colon = line.find(':');
  if (colon == line.npos) return refuse(400, "header line without colon");
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim(line.substr(colon + 1));
  if (!is_token(name)) return refuse(400, "malformed header name");
  if (!is_field_value(value)) return refuse(400, "control character in a header value");
  if (headers_.size() == limits_.headers) return refuse(431, "too many header lines");
  headers_.add_stored(name, value);
  return on_field(name, value);
}

// Fields on which the message's own framing depends.
RequestParser::State RequestParser::on_field(std::string_view name, std::string_view value) {
  switch (name.size()) {
    case 4:
      if (!equals_ignoring_case(name, "host")) break;
      if (std::exchange(has_host_, true)) return refuse(400, "more than one Host");
      if (!is_host(value)) return refuse(400, "malformed Host");
      break;
    case 6:
      if (!equals_ignoring_case(name, "expect") || parts_.version == Version::kHttp10) break;
      if (!equals_ignoring_case(value, "100-continue")) return refuse(417, "unknown expectation");
      parts_.expects_continue = true;
      break;
    case 10:
      if (!equals_ignoring_case(name, "connection")) break;
      says_close_ = says_close_ || list_contains(value, "close");
      says_keep_alive_ = says_keep_alive_ || list_contains(value, "keep-alive");
      break;
    case 14:
      if (equals_ignoring_case(name, "content-length")) return on_content_length(value);
      break;
    case 17:
      if (equals_ignoring_case(name, "transfer-encoding")) return on_transfer_encoding(value);
      break;
    default: break;
  }
  return State::kIncomplete;
}

RequestParser::State RequestParser::on_content_length(std::string_view value) {
  const std::optional<std::uint64_t> length = parse_decimal(value);
  if (!length) return refuse(400, "malformed Content-Length");
  parts_.content_length = *length;
  has_length_ = true;
  return State::kIncomplete;
}

// RFC 9112 section 6.1: chunked, once, is the one coding that is understood.
RequestParser::State RequestParser::on_transfer_encoding(std::string_view value) {
  if (parts_.version == Version::kHttp10) return refuse(400, "Transfer-Encoding in HTTP/1.0");
  if (equals_ignoring_case(value, "chunked")) {
    if (std::exchange(parts_.chunked, true)) return refuse(400, "chunked twice");
    return State::kIncomplete;
  }
  std::string_view last;
  bool chunked_before_last = false;
  for (std::string_view element = take_list_element(value); !element.empty(); element = take_list_element(value)) {
    chunked_before_last = chunked_before_last || equals_ignoring_case(last, "chunked");
    last = element;
  }
  if (chunked_before_last || !equals_ignoring_case(last, "chunked")) {
    return refuse(400, "chunked is not the last transfer coding");
  }
  return refuse(501, "unknown transfer coding");
}

// RFC 9110 section 5.3: the lines of a list are one field, so that every reader sees all of it. Cookie is one too, in
// its own form (RFC 6265 section 5.4, RFC 9113 section 8.2.3).
RequestParser::State RequestParser::join_repeated_fields() {
  for (std::size_t first = 0; first < headers_.size(); ++first) {
    const std::string_view name = headers_[first].name;
    std::string joined;
    for (std::size_t other = first + 1; other < headers_.size();) {
      if (!equals_ignoring_case(headers_[other].name, name)) {
        ++other;
        continue;
      }
      for (const std::string_view single : kSingleFields) {
        if (equals_ignoring_case(name, single)) return refuse(400, "more than one line of a field that is no list");
      }
      if (joined.empty()) joined = headers_[first].value;
      const std::string_view value = headers_[other].value;
      if (!joined.empty() && !value.empty()) joined.append(equals_ignoring_case(name, "cookie") ? "; " : ", ");
      joined.append(value);
      headers_.remove_at(other);
    }
    if (!joined.empty()) headers_.set_value(first, joined);
  }
  return State::kIncomplete;
}

RequestParser::State RequestParser::on_head_end() {
  if (const State joined = join_repeated_fields(); joined == State::kRefused) return joined;
  if (parts_.chunked && has_length_) return refuse(400, "Content-Length beside Transfer-Encoding");
  if (!has_host_ && parts_.version == Version::kHttp11) return refuse(400, "no Host");
  parts_.keep_alive = !says_close_ && (parts_.version == Version::kHttp11 || says_keep_alive_);
  if (!parts_.chunked && parts_.content_length == 0) parts_.expects_continue = false;
  if (absolute_) {
    headers_.set("Host", std::string(headers_.view(authority_, authority_size_)));
    const std::string_view target = headers_.view(parts_.target, parts_.target_size);
    if (!target.starts_with('/')) {  // "http://host" and "http://host?query"
      parts_.target = headers_.store("/" + std::string(target));
      ++parts_.target_size;
    }
  }
  return State::kComplete;
}

}  // namespace laraman::http
