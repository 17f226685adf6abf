// The functions of Laraman\Native that send commands and queries to gateways (laravel/stubs/native.stub.php).
#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "php/worker.h"

namespace laraman::php {
namespace {

void throw_gateway_error(const EventLink& link) {
  if (link.refused()) {
    zend_throw_exception(spl_ce_InvalidArgumentException, link.error().c_str(), 0);
    return;
  }
  zend_throw_exception_ex(spl_ce_RuntimeException, 0, "The gateway cannot be reached: %s", link.error().c_str());
}

std::string_view text_of(HashTable* options, std::string_view name) {
  zval* value = zend_hash_str_find(options, name.data(), name.size());
  if (value != nullptr) ZVAL_DEREF(value);
  return value != nullptr && Z_TYPE_P(value) == IS_STRING ? view(Z_STR_P(value)) : std::string_view();
}

// Seconds, or what there was before.
void take_seconds(HashTable* options, std::string_view name, Duration& duration) {
  zval* value = zend_hash_str_find(options, name.data(), name.size());
  if (value == nullptr) return;
  ZVAL_DEREF(value);
  const double seconds = std::clamp(zval_get_double(value), 0.0, 86'400.0);
  duration = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

// Apart, so that no object of its own is in a frame that PHP may jump over.
zend_long add_gateway_place(HashTable* options) {
  GatewayPlace place;
  place.worker = text_of(options, "worker");
  place.task = text_of(options, "task");
  place.secret = text_of(options, "secret");
  place.heartbeat_text = text_of(options, "heartbeat");
  take_seconds(options, "heartbeat_interval", place.heartbeat);
  take_seconds(options, "timeout", place.timeout);
  take_seconds(options, "connect_timeout", place.connect_timeout);
  take_seconds(options, "idle_limit", place.idle_limit);
  const zval* events = zend_hash_str_find(options, ZEND_STRL("events"));
  if (events != nullptr && Z_TYPE_P(events) == IS_LONG) place.events = static_cast<std::uint8_t>(Z_LVAL_P(events) & 7);
  if (place.events == 0) place.worker.clear();
  return static_cast<zend_long>(php::worker().links.gateways.add(std::move(place)));
}

void throw_gateways_error(const Gateways& gateways) {
  zend_throw_exception_ex(spl_ce_RuntimeException, 0, "The gateway cannot be reached: %s", gateways.error().c_str());
}

}  // namespace

ZEND_FUNCTION(Laraman_Native_command) {
  (void)return_value;  // null, as it is
  zend_long id;
  zend_string* message;
  ZEND_PARSE_PARAMETERS_START(2, 2)
  Z_PARAM_LONG(id)
  Z_PARAM_STR(message)
  ZEND_PARSE_PARAMETERS_END();
  EventLink& link = php::worker().links.main;
  if (!link.command(static_cast<std::uint32_t>(id), view(message))) throw_gateway_error(link);
}

ZEND_FUNCTION(Laraman_Native_query) {
  zend_long id;
  zend_string* message;
  double timeout_seconds;
  ZEND_PARSE_PARAMETERS_START(3, 3)
  Z_PARAM_LONG(id)
  Z_PARAM_STR(message)
  Z_PARAM_DOUBLE(timeout_seconds)
  ZEND_PARSE_PARAMETERS_END();
  EventLink& link = php::worker().links.main;
  if (!link.query(static_cast<std::uint32_t>(id), view(message), timeout_seconds)) {
    throw_gateway_error(link);
    RETURN_THROWS();
  }
  RETURN_STR(make_string(link.reply()));
}

ZEND_FUNCTION(Laraman_Native_add_gateway) {
  HashTable* options;
  ZEND_PARSE_PARAMETERS_START(1, 1)
  Z_PARAM_ARRAY_HT(options)
  ZEND_PARSE_PARAMETERS_END();
  if (php::worker().loop.phase != Phase::kBooting) {
    zend_throw_error(nullptr, "Gateways are added before the first job");
    RETURN_THROWS();
  }
  RETURN_LONG(add_gateway_place(options));
}

ZEND_FUNCTION(Laraman_Native_gateway_command) {
  (void)return_value;  // null, as it is
  zend_long gateway;
  zend_long id;
  zend_string* message;
  ZEND_PARSE_PARAMETERS_START(3, 3)
  Z_PARAM_LONG(gateway)
  Z_PARAM_LONG(id)
  Z_PARAM_STR(message)
  ZEND_PARSE_PARAMETERS_END();
  Gateways& gateways = php::worker().links.gateways;
  if (!gateways.command(static_cast<std::size_t>(gateway), static_cast<std::uint32_t>(id), view(message))) {
    throw_gateways_error(gateways);
  }
}

ZEND_FUNCTION(Laraman_Native_gateway_query) {
  zend_long gateway;
  zend_long id;
  zend_string* message;
  ZEND_PARSE_PARAMETERS_START(3, 3)
  Z_PARAM_LONG(gateway)
  Z_PARAM_LONG(id)
  Z_PARAM_STR(message)
  ZEND_PARSE_PARAMETERS_END();
  Gateways& gateways = php::worker().links.gateways;
  if (!gateways.query(static_cast<std::size_t>(gateway), static_cast<std::uint32_t>(id), view(message))) {
    throw_gateways_error(gateways);
    RETURN_THROWS();
  }
  RETURN_STR(make_string(gateways.reply()));
}

}  // namespace laraman::php
