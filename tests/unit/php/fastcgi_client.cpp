#include "fastcgi_client.h"

#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstdlib>

namespace laraman::php::test {
namespace fastcgi = wire::fastcgi;
using fastcgi::RecordType;

namespace {

constexpr int kPatienceMs = 10'000;
constexpr std::uint16_t kRequestId = 1;

void parse_head(Answer& answer, const std::string& output) {
  const std::size_t end = output.find("\r\n\r\n");
  if (end == std::string::npos) return;
  std::string_view head = std::string_view(output).substr(0, end + 2);
  answer.body = output.substr(end + 4);
  answer.status = 200;
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(line.size() + 2);
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos) continue;
    if (line.substr(0, colon) == "Status") {
      answer.status = std::atoi(std::string(line.substr(colon + 2)).c_str());
      answer.headers.emplace_back("Status", line.substr(colon + 2));
    } else {
      answer.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    }
  }
}

}  // namespace

std::vector<std::string> Answer::all(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [header, value] : headers) {
    if (header.size() == name.size() && ::strncasecmp(header.data(), name.data(), name.size()) == 0) {
      values.push_back(value);
    }
  }
  return values;
}

std::string Answer::header(std::string_view name) const {
  const auto values = all(name);
  return values.empty() ? "" : values.front();
}

FastCgiClient::FastCgiClient(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fd_.reset();
}

void FastCgiClient::send_bytes(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void FastCgiClient::send(const std::string& query, const Params& params, std::string_view body, bool end_body) {
  Params all{{"REQUEST_METHOD", body.empty() ? "GET" : "POST"},
             {"REQUEST_URI", "/?" + query},
             {"QUERY_STRING", query},
             {"SCRIPT_NAME", "/index.php"},
             {"SCRIPT_FILENAME", "/srv/public/index.php"},
             {"SERVER_PROTOCOL", "HTTP/1.1"},
             {"HTTP_HOST", "test.example"}};
  if (!body.empty()) all["CONTENT_LENGTH"] = std::to_string(body.size());
  for (const auto& [name, value] : params) all[name] = value;
  std::string bytes;
  fastcgi::append_begin_request(bytes, kRequestId, fastcgi::Role::kResponder, true);
  fastcgi::ParamsWriter writer(bytes, kRequestId);
  for (const auto& [name, value] : all) writer.add(name, value);
  writer.finish();
  fastcgi::append_stream(bytes, RecordType::kStdin, kRequestId, body);
  if (end_body) fastcgi::append_stream_end(bytes, RecordType::kStdin, kRequestId);
  send_bytes(bytes);
}

void FastCgiClient::abort() {
  std::string bytes;
  fastcgi::append_abort_request(bytes, kRequestId);
  send_bytes(bytes);
}

bool FastCgiClient::read_record(RecordType& type, std::string& content) {
  while (fd_) {
    auto record = reader_.next();
    if (!record.ok()) return false;
    if (record->has_value()) {
      type = (*record)->type;
      content = (*record)->content;
      return true;
    }
    pollfd entry{fd_.get(), POLLIN, 0};
    if (::poll(&entry, 1, kPatienceMs) <= 0) return false;
    const ssize_t count = ::recv(fd_.get(), buffer_, sizeof buffer_, 0);
    if (count <= 0) return false;
    reader_.feed({buffer_, static_cast<std::size_t>(count)});
  }
  return false;
}

Answer FastCgiClient::read(bool up_to_end_of_output) {
  Answer answer;
  std::string output;
  RecordType type{};
  std::string content;
  while (!answer.request_ended && !(up_to_end_of_output && answer.output_ended) && read_record(type, content)) {
    if (type == RecordType::kEndRequest) answer.request_ended = true;
    if (type != RecordType::kStdout) continue;
    answer.output_ended = content.empty();
    if (!content.empty()) answer.pieces.push_back(content);
    output += content;
  }
  parse_head(answer, output);
  return answer;
}

Answer FastCgiClient::request(const std::string& query, const Params& params, std::string_view body) {
  send(query, params, body);
  return read();
}

}  // namespace laraman::php::test
