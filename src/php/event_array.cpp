#include "php/event_array.h"

namespace laraman::php {
namespace {

void add(zval* array, std::string_view key, zval value) {
  zend_hash_str_add_new(Z_ARRVAL_P(array), key.data(), key.size(), &value);
}

void add(zval* array, std::string_view key, std::string_view value) {
  zval text;
  ZVAL_STR(&text, make_string(value));
  add(array, key, text);
}

}  // namespace

std::string_view event_type(business::Event::Kind kind) {
  switch (kind) {
    case business::Event::Kind::kOpen: return "open";
    case business::Event::Kind::kClose: return "close";
    case business::Event::Kind::kMessage: return "message";
  }
  return "message";
}

void make_event_array(zval* array, const business::Event& event) {
  array_init_size(array, 17);
  zend_hash_real_init_mixed(Z_ARRVAL_P(array));
  add(array, "type", event_type(event.kind));
  add(array, "connection", event.connection);
  add(array, "user", event.user);
  add(array, "session", event.session);

  zval channels;
  array_init_size(&channels, static_cast<std::uint32_t>(event.channels.size()));
  add(array, "channels", channels);
  for (const auto& channel : event.channels) add_next_index_str(&channels, make_string(channel));

  add(array, "path", event.path);
  zval meta;
  array_init_size(&meta, static_cast<std::uint32_t>(event.meta.size()));
  add(array, "meta", meta);
  for (const auto& [name, value] : event.meta) {
    zval text;
    ZVAL_STR(&text, make_string(value));
    zend_symtable_str_update(Z_ARRVAL(meta), name.data(), name.size(), &text);
  }

  const bool is_close = event.kind == business::Event::Kind::kClose;
  zval number;
  add(array, "data", is_close ? std::string_view() : std::string_view(event.data));
  ZVAL_BOOL(&number, event.binary);
  add(array, "binary", number);
  ZVAL_LONG(&number, event.close_code);
  add(array, "code", number);
  add(array, "reason", is_close ? std::string_view(event.data) : std::string_view());
  if (event.kind != business::Event::Kind::kOpen) return;
  add(array, "query", event.query);
  add(array, "remote_address", event.remote_address);
  add(array, "forwarded_for", event.forwarded_for);
  add(array, "real_ip", event.real_ip);
}

}  // namespace laraman::php
