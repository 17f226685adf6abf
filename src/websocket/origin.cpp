#include "websocket/origin.h"

#include "http/syntax.h"

namespace laraman::websocket {
namespace {

struct Origin {
  std::string_view scheme;
  std::string_view authority;  // without the scheme's own port
};

std::string_view without_default_port(std::string_view authority, std::string_view scheme) {
  const std::string_view port = http::equals_ignoring_case(scheme, "https") ? ":443" : ":80";
  if (authority.ends_with(port)) authority.remove_suffix(port.size());
  return authority;
}

// Both parts empty if it is none.
Origin split(std::string_view origin) {
  const std::size_t end = origin.find("://");
  if (end == origin.npos) return {};
  const std::string_view scheme = origin.substr(0, end);
  return {scheme, without_default_port(origin.substr(end + 3), scheme)};
}

bool matches(const Origin& origin, const Origin& pattern) {
  if (!http::equals_ignoring_case(origin.scheme, pattern.scheme)) return false;
  if (!pattern.authority.starts_with("*.")) return http::equals_ignoring_case(origin.authority, pattern.authority);
  const std::string_view suffix = pattern.authority.substr(1);
  return origin.authority.size() > suffix.size() &&
         http::equals_ignoring_case(origin.authority.substr(origin.authority.size() - suffix.size()), suffix);
}

}  // namespace

bool origin_allowed(std::string_view origin, std::string_view host, std::span<const std::string> allowed) {
  const Origin parts = split(origin);
  const bool well_formed = !parts.authority.empty() && http::is_host(parts.authority);
  if (well_formed && http::equals_ignoring_case(parts.authority, without_default_port(host, parts.scheme))) return true;
  for (const std::string& pattern : allowed) {
    if (pattern == "*" || pattern == origin) return true;
    if (well_formed && matches(parts, split(pattern))) return true;
  }
  return false;
}

}  // namespace laraman::websocket
