// What goes into responses: heads from the application, and the conditions and ranges of requests.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/cgi_head.h"
#include "http/conditional.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  laraman::http::CgiHead parsed;
  if (laraman::http::parse_cgi_head(bytes, parsed) != laraman::http::CgiHeadState::kComplete) return 0;
  if (parsed.size > bytes.size()) std::abort();

  // Nothing that an application says ends the head early or begins a second one.
  std::string out;
  laraman::http::append_response_head(out, parsed.head, {});
  if (out.find("\r\n\r\n") != out.size() - 4 || out.find('\0') != out.npos) std::abort();

  const laraman::http::Representation representation{"\"tag\"", 784111777, 1000};
  const auto selection = laraman::http::select(parsed.head.headers, representation);
  if (selection.offset + selection.length > representation.size) std::abort();
  if (selection.status == 206 && selection.length == 0) std::abort();
  return 0;
}
