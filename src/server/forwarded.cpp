#include "server/forwarded.h"

#include <vector>

#include "http/syntax.h"

namespace laraman::server {
namespace {

// "1.2.3.4", "1.2.3.4:80", "::1", "[::1]", "[::1]:80" without brackets and port.
std::string_view address_of(std::string_view element) {
  if (element.starts_with('[')) return element.substr(1, element.find(']') - 1);
  const std::size_t colon = element.find(':');
  const bool has_port = colon != std::string_view::npos && colon == element.rfind(':');
  return has_port ? element.substr(0, colon) : element;
}

std::optional<std::string_view> first_element(const http::Headers& headers, std::string_view name) {
  std::optional<std::string_view> value = headers.get(name);
  if (!value) return std::nullopt;
  const std::string_view first = http::take_list_element(*value);
  if (first.empty()) return std::nullopt;
  return first;
}

}  // namespace

std::string forwarded_client(const http::Headers& headers, std::string_view peer, const net::Networks& trusted) {
  std::vector<std::string_view> path;  // the client first
  for (const http::Headers::Field field : headers) {
    if (!http::equals_ignoring_case(field.name, "x-forwarded-for")) continue;
    std::string_view list = field.value;
    for (std::string_view element = http::take_list_element(list); !element.empty();
         element = http::take_list_element(list)) {
      path.push_back(address_of(element));
    }
  }
  std::string_view client = peer;
  while (!path.empty() && trusted.contain(client) && net::parse_ip(path.back())) {
    client = path.back();
    path.pop_back();
  }
  return std::string(client);
}

std::optional<bool> forwarded_secure(const http::Headers& headers) {
  const std::optional<std::string_view> scheme = first_element(headers, "x-forwarded-proto");
  if (!scheme) return std::nullopt;
  return http::equals_ignoring_case(*scheme, "https");
}

std::optional<std::string_view> forwarded_host(const http::Headers& headers) {
  return first_element(headers, "x-forwarded-host");
}

}  // namespace laraman::server
