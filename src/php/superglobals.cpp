#include "php/superglobals.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace laraman::php {
namespace {

using wire::fastcgi::Pair;

struct Superglobal {
  std::string_view name;
  int track;  // index in PG(http_globals)
};
// In the order in which they are filled: reading a form sets $_FILES too.
constexpr std::array kSuperglobals{
    Superglobal{"_GET", TRACK_VARS_GET},       Superglobal{"_POST", TRACK_VARS_POST},
    Superglobal{"_COOKIE", TRACK_VARS_COOKIE}, Superglobal{"_FILES", TRACK_VARS_FILES},
    Superglobal{"_SERVER", TRACK_VARS_SERVER},
};

zend_auto_global* find_auto_global(std::string_view name) {
  return static_cast<zend_auto_global*>(zend_hash_str_find_ptr(CG(auto_globals), name.data(), name.size()));
}

// $_REQUEST is made when the first code that uses it is compiled; until then no code can see it.
zend_auto_global* used_request_global() {
  zend_auto_global* global = find_auto_global("_REQUEST");
  return global != nullptr && !global->armed ? global : nullptr;
}

// Names that become keys of $_SERVER as they are. Others go through PHP's rules for names with dots and brackets.
bool is_plain_name(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  for (const char c : name) {
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    if (!plain) return false;
  }
  return true;
}

// filter_input(INPUT_SERVER, …) reads not $_SERVER but a copy that the filter extension makes name by name. Few use it,
// so it gets its copy when one of these is called for the first time in a request.
constexpr std::array kFilterFunctions{"filter_input", "filter_input_array", "filter_has_var"};
std::array<zif_handler, kFilterFunctions.size()> filter_handlers{};
bool server_is_filtered = false;

void filter_server_variables() {
  zend_string* name;
  zval* value;
  ZEND_HASH_FOREACH_STR_KEY_VAL(Z_ARRVAL(PG(http_globals)[TRACK_VARS_SERVER]), name, value) {
    if (name == nullptr || Z_TYPE_P(value) != IS_STRING) continue;
    char* copy = estrndup(Z_STRVAL_P(value), Z_STRLEN_P(value));
    std::size_t size = 0;
    sapi_module.input_filter(PARSE_SERVER, ZSTR_VAL(name), &copy, Z_STRLEN_P(value), &size);
    efree(copy);
  }
  ZEND_HASH_FOREACH_END();
}

template <std::size_t I>
void with_filtered_server(INTERNAL_FUNCTION_PARAMETERS) {
  if (!std::exchange(server_is_filtered, true)) filter_server_variables();
  filter_handlers[I](INTERNAL_FUNCTION_PARAM_PASSTHRU);
}

}  // namespace

void watch_filter_functions() {
  constexpr std::array<zif_handler, kFilterFunctions.size()> wrappers{with_filtered_server<0>, with_filtered_server<1>,
                                                                      with_filtered_server<2>};
  for (std::size_t i = 0; i < kFilterFunctions.size(); ++i) {
    filter_handlers[i] = wrap_function(CG(function_table), kFilterFunctions[i], wrappers[i]);
  }
}

const char* find_param(std::span<const Pair> params, std::string_view name) {
  for (const auto& param : params) {
    if (param.name == name) return param.value.data();
  }
  return nullptr;
}

void set_request_info(std::span<const Pair> params) {
  auto& info = SG(request_info);
  std::memset(&info, 0, sizeof info);
  SG(sapi_headers).http_response_code = 200;
  info.request_method = "GET";
  info.proto_num = 1001;
  // PHP's signatures want char*; it does not write to these.
  const auto text = [](std::string_view value) { return const_cast<char*>(value.data()); };
  for (const auto& [name, value] : params) {
    if (name == "REQUEST_METHOD") info.request_method = text(value);
    if (name == "REQUEST_URI") info.request_uri = text(value);
    if (name == "QUERY_STRING") info.query_string = text(value);
    if (name == "CONTENT_TYPE" && !value.empty()) info.content_type = text(value);
    if (name == "CONTENT_LENGTH") info.content_length = std::strtoll(value.data(), nullptr, 10);
    if (name == "SCRIPT_FILENAME") info.path_translated = text(value);
    if (name == "HTTP_COOKIE") info.cookie_data = text(value);
    if (name == "SERVER_PROTOCOL" && value == "HTTP/1.0") info.proto_num = 1000;
    if (name == "HTTP_AUTHORIZATION") php_handle_auth_data(value.data());
  }
}

void clear_request_info() {
  auto& info = SG(request_info);
  if (info.auth_user != nullptr) efree(info.auth_user);
  if (info.auth_password != nullptr) efree(info.auth_password);
  if (info.auth_digest != nullptr) efree(info.auth_digest);
  std::memset(&info, 0, sizeof info);
}

void keep_server_variables(zval* kept) {
  zend_is_auto_global(ZSTR_KNOWN(ZEND_STR_AUTOGLOBAL_SERVER));  // makes it, if no code has used it yet
  zval* server = zend_hash_find(&EG(symbol_table), ZSTR_KNOWN(ZEND_STR_AUTOGLOBAL_SERVER));
  if (server != nullptr) ZVAL_DEREF(server);
  if (server != nullptr && Z_TYPE_P(server) == IS_ARRAY) {
    ZVAL_ARR(kept, zend_array_dup(Z_ARRVAL_P(server)));
  } else {
    array_init(kept);
  }
  zend_hash_str_del(Z_ARRVAL_P(kept), ZEND_STRL("argv"));
  zend_hash_str_del(Z_ARRVAL_P(kept), ZEND_STRL("argc"));
  // A request adds some thirty: room for them now spares each request's copy its growing.
  zend_hash_extend(Z_ARRVAL_P(kept), zend_hash_num_elements(Z_ARRVAL_P(kept)) + 40, false);
}

void add_server_variables(zval* variables, zval* kept, std::span<const Pair> params) {
  if (kept != nullptr && Z_TYPE_P(kept) == IS_ARRAY) {
    zval_ptr_dtor(variables);
    ZVAL_ARR(variables, zend_array_dup(Z_ARRVAL_P(kept)));
  }
  HashTable* table = Z_ARRVAL_P(variables);
  const char* script_name = "";
  for (const auto& [name, value] : params) {
    if (is_plain_name(name)) {
      zval text;
      ZVAL_STR(&text, make_string(value));
      zend_hash_str_update(table, name.data(), name.size(), &text);
    } else {
      char* copy = estrndup(name.data(), name.size());
      php_register_variable_safe(copy, value.data(), value.size(), variables);
      efree(copy);
    }
    if (name == "SCRIPT_NAME") script_name = value.data();
  }
  zval self;
  const char* path_info = find_param(params, "PATH_INFO");
  ZVAL_STR(&self, zend_strpprintf(0, "%s%s", script_name, path_info != nullptr ? path_info : ""));
  zend_hash_str_update(table, ZEND_STRL("PHP_SELF"), &self);
}

void fill_superglobals() {
  zval* files = &PG(http_globals)[TRACK_VARS_FILES];
  zval_ptr_dtor_nogc(files);
  ZVAL_UNDEF(files);
  for (const auto& superglobal : kSuperglobals) {
    zend_auto_global* global = find_auto_global(superglobal.name);
    global->auto_global_callback(global->name);
    global->armed = false;
  }
  if (zend_auto_global* request = used_request_global()) request->auto_global_callback(request->name);
  server_is_filtered = false;
}

void clear_superglobals(zval* server_variables) {
  for (const auto& superglobal : kSuperglobals) {
    zval* array = &PG(http_globals)[superglobal.track];
    zval_ptr_dtor(array);
    if (superglobal.track == TRACK_VARS_SERVER) {
      ZVAL_COPY(array, server_variables);
    } else {
      ZVAL_EMPTY_ARRAY(array);
    }
    Z_TRY_ADDREF_P(array);
    zend_hash_str_update(&EG(symbol_table), superglobal.name.data(), superglobal.name.size(), array);
  }
  if (used_request_global() != nullptr) {
    zval empty;
    ZVAL_EMPTY_ARRAY(&empty);
    zend_hash_str_update(&EG(symbol_table), ZEND_STRL("_REQUEST"), &empty);
  }
}

}  // namespace laraman::php
