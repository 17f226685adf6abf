#include "php/jobs.h"

#include <array>
#include <cstring>
#include <span>

namespace laraman::php {
namespace {

struct Property {
  std::string_view name;
  std::uint32_t type;  // MAY_BE_…
};

constexpr std::array kRequestProperties{
    Property{"query", MAY_BE_ARRAY}, Property{"post", MAY_BE_ARRAY},   Property{"cookies", MAY_BE_ARRAY},
    Property{"files", MAY_BE_ARRAY}, Property{"server", MAY_BE_ARRAY}, Property{"isHandshake", MAY_BE_BOOL},
};

constexpr std::array kEventProperties{
    Property{"type", MAY_BE_STRING},          Property{"connection", MAY_BE_STRING},
    Property{"user", MAY_BE_STRING},          Property{"session", MAY_BE_STRING},
    Property{"channels", MAY_BE_ARRAY},       Property{"path", MAY_BE_STRING},
    Property{"meta", MAY_BE_ARRAY},           Property{"data", MAY_BE_STRING},
    Property{"binary", MAY_BE_BOOL},          Property{"code", MAY_BE_LONG},
    Property{"reason", MAY_BE_STRING},        Property{"query", MAY_BE_STRING},
    Property{"remoteAddress", MAY_BE_STRING}, Property{"forwardedFor", MAY_BE_STRING},
    Property{"realIp", MAY_BE_STRING},        Property{"gateway", MAY_BE_LONG},
};

constexpr std::array kCallbackProperties{Property{"number", MAY_BE_LONG}};

zend_class_entry* request_job = nullptr;
zend_class_entry* event_job = nullptr;
zend_class_entry* callback_job = nullptr;

zend_class_entry* register_class(const char* name, std::span<const Property> properties) {
  zend_class_entry entry;
  INIT_CLASS_ENTRY_EX(entry, name, std::strlen(name), nullptr);
  zend_class_entry* type = zend_register_internal_class_ex(&entry, nullptr);
  type->ce_flags |= ZEND_ACC_FINAL | ZEND_ACC_NO_DYNAMIC_PROPERTIES | ZEND_ACC_NOT_SERIALIZABLE;
  for (const Property& property : properties) {
    zval value;
    ZVAL_UNDEF(&value);
    zend_string* key = zend_string_init_interned(property.name.data(), property.name.size(), true);
    zend_declare_typed_property(type, key, &value, ZEND_ACC_PUBLIC | ZEND_ACC_READONLY, nullptr,
                                ZEND_TYPE_INIT_MASK(property.type));
  }
  return type;
}

// Fills the properties of a new object in the order in which they were declared.
class Filler {
 public:
  Filler(zval* job, zend_class_entry* type) {
    object_init_ex(job, type);
    next_ = Z_OBJ_P(job)->properties_table;
  }
  void add(zval value) {
    ZVAL_COPY_VALUE(next_, &value);
    Z_PROP_FLAG_P(next_) = 0;  // initialised
    ++next_;
  }
  void add(std::string_view text) {
    zval value;
    ZVAL_STR(&value, make_string(text));
    add(value);
  }
  void add_number(zend_long number) {
    zval value;
    ZVAL_LONG(&value, number);
    add(value);
  }
  void add_bool(bool is_true) {
    zval value;
    ZVAL_BOOL(&value, is_true);
    add(value);
  }

 private:
  zval* next_;
};

}  // namespace

void register_job_classes() {
  request_job = register_class("Laraman\\Native\\RequestJob", kRequestProperties);
  event_job = register_class("Laraman\\Native\\EventJob", kEventProperties);
  callback_job = register_class("Laraman\\Native\\CallbackJob", kCallbackProperties);
}

std::string_view event_type(business::Event::Kind kind) {
  switch (kind) {
    case business::Event::Kind::kOpen: return "open";
    case business::Event::Kind::kClose: return "close";
    case business::Event::Kind::kMessage: return "message";
    case business::Event::Kind::kJoin: return "join";
    case business::Event::Kind::kLeave: return "leave";
  }
  return "message";
}

void make_request_job(zval* job, bool is_handshake) {
  Filler filler(job, request_job);
  for (const int track : {TRACK_VARS_GET, TRACK_VARS_POST, TRACK_VARS_COOKIE, TRACK_VARS_FILES, TRACK_VARS_SERVER}) {
    zval array;
    ZVAL_COPY(&array, &PG(http_globals)[track]);
    filler.add(array);
  }
  filler.add_bool(is_handshake);
}

void make_event_job(zval* job, const business::Event& event, std::size_t gateway) {
  Filler filler(job, event_job);
  filler.add(event_type(event.kind));
  filler.add(event.connection);
  filler.add(event.user);
  filler.add(event.session);

  zval channels;
  array_init_size(&channels, static_cast<std::uint32_t>(event.channels.size()));
  filler.add(channels);
  for (const auto& channel : event.channels) add_next_index_str(&channels, make_string(channel));

  filler.add(event.path);
  zval meta;
  array_init_size(&meta, static_cast<std::uint32_t>(event.meta.size()));
  filler.add(meta);
  for (const auto& [name, value] : event.meta) {
    zval text;
    ZVAL_STR(&text, make_string(value));
    zend_symtable_str_update(Z_ARRVAL(meta), name.data(), name.size(), &text);
  }

  const bool is_close = event.kind == business::Event::Kind::kClose;
  filler.add(is_close ? std::string_view() : std::string_view(event.data));
  filler.add_bool(event.binary);
  filler.add_number(event.close_code);
  filler.add(is_close ? std::string_view(event.data) : std::string_view());
  filler.add(event.query);
  filler.add(event.remote_address);
  filler.add(event.forwarded_for);
  filler.add(event.real_ip);
  filler.add_number(static_cast<zend_long>(gateway));
}

void make_callback_job(zval* job, zend_long number) {
  Filler filler(job, callback_job);
  filler.add_number(number);
}

}  // namespace laraman::php
