#include "base/result.h"

#include <system_error>

namespace laraman {

std::string Error::message() const {
  std::string text;
  if (!subject.empty()) text.append(subject).append(": ");
  text.append(what);
  if (!hint.empty()) text.append(" (").append(hint).append(")");
  return text;
}

Error system_error(std::string_view call, std::string_view subject, int error_number) {
  Error error;
  error.code = ErrorCode::kSystem;
  error.what = std::string(call) + ": " + std::generic_category().message(error_number);
  error.subject = subject;
  return error;
}

}  // namespace laraman
