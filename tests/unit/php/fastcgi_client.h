// A blocking FastCGI client for tests, on the project's own codec.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/unique_fd.h"
#include "wire/fastcgi.h"

namespace laraman::php::test {

struct Answer {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  bool output_ended = false;        // the empty STDOUT record came
  bool request_ended = false;       // END_REQUEST came
  std::vector<std::string> pieces;  // contents of the STDOUT records

  // All values of a header.
  std::vector<std::string> all(std::string_view name) const;
  std::string header(std::string_view name) const;
};

class FastCgiClient {
 public:
  explicit FastCgiClient(const std::string& path);
  bool connected() const { return static_cast<bool>(fd_); }

  using Params = std::map<std::string, std::string>;
  // A request for "/?<query>"; `params` are added or replace others.
  Answer request(const std::string& query, const Params& params = {}, std::string_view body = {});
  // The same in steps.
  void send(const std::string& query, const Params& params = {}, std::string_view body = {}, bool end_body = true);
  void send_bytes(std::string_view bytes);
  void abort();
  // Reads up to END_REQUEST, or only up to the end of output.
  Answer read(bool up_to_end_of_output = false);
  // The next record's content; false at the end of file, or after ten seconds without one.
  bool read_record(wire::fastcgi::RecordType& type, std::string& content);
  void close() { fd_.reset(); }

 private:
  UniqueFd fd_;
  wire::fastcgi::RecordReader reader_;
  char buffer_[64 * 1024];
};

}  // namespace laraman::php::test
