#include "websocket/extensions.h"

#include "http/syntax.h"

namespace laraman::websocket {
namespace {

constexpr std::string_view kField = "Sec-WebSocket-Extensions";

// Reads one field value from left to right. Each function takes what it names off the front, with the white space
// behind it, or leaves the front as it is.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) { skip_space(); }

  bool at_end() const { return rest_.empty(); }

  bool take(char wanted) {
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    skip_space();
    return true;
  }

  // Empty if there is none.
  std::string take_token() {
    std::size_t size = 0;
    while (size < rest_.size() && http::is_token(rest_.substr(size, 1))) ++size;
    std::string token(rest_.substr(0, size));
    rest_.remove_prefix(size);
    skip_space();
    return token;
  }

  // A token, or a quoted string whose content is one. Empty if there is neither.
  std::string take_value() {
    if (rest_.empty() || rest_.front() != '"') return take_token();
    std::string value;
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '"') {
        rest_.remove_prefix(i + 1);
        skip_space();
        return http::is_token(value) ? value : "";
      }
      if (rest_[i] == '\\' && ++i == rest_.size()) break;
      value.push_back(rest_[i]);
    }
    return "";
  }

 private:
  void skip_space() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) rest_.remove_prefix(1);
  }

  std::string_view rest_;
};

// False if it is malformed.
bool read_extension(Scanner& scanner, Extension& extension) {
  extension.name = scanner.take_token();
  if (extension.name.empty()) return false;
  while (scanner.take(';')) {
    Extension::Parameter parameter{scanner.take_token(), std::nullopt};
    if (parameter.name.empty()) return false;
    if (scanner.take('=')) {
      parameter.value = scanner.take_value();
      if (parameter.value->empty()) return false;
    }
    extension.parameters.push_back(std::move(parameter));
  }
  return true;
}

}  // namespace

Result<std::vector<Extension>> offered_extensions(const http::Headers& headers) {
  std::vector<Extension> extensions;
  for (const http::Headers::Field field : headers) {
    if (!http::equals_ignoring_case(field.name, kField)) continue;
    Scanner scanner(field.value);
    while (!scanner.at_end()) {
      if (scanner.take(',')) continue;  // an empty element: RFC 9110 section 5.6.1.2
      Extension extension;
      if (!read_extension(scanner, extension) || !(scanner.at_end() || scanner.take(','))) {
        return Error{ErrorCode::kInvalid, "malformed Sec-WebSocket-Extensions", "", ""};
      }
      extensions.push_back(std::move(extension));
    }
  }
  return extensions;
}

}  // namespace laraman::websocket
