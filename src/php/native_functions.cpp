#include "php/native_functions.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "php/serve.h"
#include "php/session_watch.h"
#include "php/superglobals.h"
#include "php/task.h"
#include "php/time_limit.h"
#include "php/worker.h"

namespace laraman::php {
namespace {

// A line break or NUL in a header would let its author write headers, or a body, of his own.
bool is_safe(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

bool is_header_name(std::string_view name) {
  return !name.empty() && is_safe(name) && name.find_first_of(": \t") == std::string_view::npos;
}

// As PHP has them when a request begins.
void reset_headers() {
  sapi_headers_struct& headers = SG(sapi_headers);
  SG(headers_sent) = false;
  zend_llist_clean(&headers.headers);
  headers.http_response_code = 200;
  headers.send_default_content_type = true;
  if (headers.http_status_line != nullptr) efree(headers.http_status_line);
  if (headers.mimetype != nullptr) efree(headers.mimetype);
  headers.http_status_line = nullptr;
  headers.mimetype = nullptr;
  if (PG(expose_php)) sapi_add_header(SAPI_PHP_VERSION_HEADER, sizeof(SAPI_PHP_VERSION_HEADER) - 1, true);
}

// Checks what respond() was given; throws and returns false if PHP code must not send that.
bool check_headers(HashTable* headers) {
  zend_string* name;  // null: a number, which PHP makes of such a name
  zval* values;
  ZEND_HASH_FOREACH_STR_KEY_VAL(headers, name, values) {
    ZVAL_DEREF(values);
    bool ok = name == nullptr || is_header_name(view(name));
    if (ok && Z_TYPE_P(values) == IS_ARRAY) {
      zval* value;
      ZEND_HASH_FOREACH_VAL(Z_ARRVAL_P(values), value) {
        ZVAL_DEREF(value);
        ok = ok && Z_TYPE_P(value) == IS_STRING && is_safe(view(Z_STR_P(value)));
      }
      ZEND_HASH_FOREACH_END();
    } else {
      ok = ok && Z_TYPE_P(values) == IS_STRING && is_safe(view(Z_STR_P(values)));
    }
    if (!ok) {
      zend_argument_value_error(2, "must map header names to strings or lists of strings, without line breaks (\"%s\")",
                                name != nullptr ? ZSTR_VAL(name) : "a number");
      return false;
    }
  }
  ZEND_HASH_FOREACH_END();
  return true;
}

bool has_content_type(HashTable* headers) {
  zend_string* name;
  ZEND_HASH_FOREACH_STR_KEY(headers, name) {
    if (name != nullptr && zend_string_equals_literal_ci(name, "Content-Type")) return true;
  }
  ZEND_HASH_FOREACH_END();
  return false;
}

bool check_request(const WorkerProcess& process) {
  if (process.phase == Phase::kRequest) return true;
  zend_throw_exception(spl_ce_RuntimeException, "There is no request to answer", 0);
  return false;
}

// Ends the answer: what is still buffered, the headers if they have not been sent, then `body`.
void end_answer(WorkerProcess& process, std::string_view body) {
  process.throws_at_abort = false;
  process.link.flush();  // what the request has sent to others is on its way before its own client reads the answer
  php_output_end_all();
  php_header();
  process.response.end(SG(request_info).headers_only ? std::string_view() : body);
  restart_clock();
}

// Checks what respond() or respond_file() was given; throws and returns false if it cannot be the answer.
bool check_answer(zend_long status, HashTable* headers) {
  if (status < 100 || status > 999) {
    zend_argument_value_error(1, "must be an HTTP status");
    return false;
  }
  if (!check_request(worker()) || !check_headers(headers)) return false;
  if (!worker().response.ended()) return true;
  zend_throw_exception(spl_ce_RuntimeException, "The request has been answered already", 0);
  return false;
}

// What comes now is for the client, after output that print_to_log() has kept from it.
void begin_answer(WorkerProcess& process) {
  if (!process.prints_to_log) return;
  php_output_end_all();
  process.print_to_client();
}

void answer(zend_long status, HashTable* headers, std::string_view body) {
  WorkerProcess& process = worker();
  begin_answer(process);
  process.respond_headers = headers;
  if (!SG(headers_sent)) {
    SG(sapi_headers).http_response_code = static_cast<int>(status);
    if (has_content_type(headers)) SG(sapi_headers).send_default_content_type = false;
  }
  end_answer(process, body);
  process.respond_headers = nullptr;
}

// Whether the gateway will send the file of that path with the answer.
bool attach_file(const char* path) {
  FastCgiConnection& connection = *worker().connection;
  if (find_param(connection.params(), "LARAMAN_SENDFILE") == nullptr) return false;
  UniqueFd file(::open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  connection.attach(std::move(file));
  return true;
}

// Of a FastCGI parameter that is a header of the request: HTTP_X_NAME is X-Name.
void add_request_header(zval* headers, std::string_view parameter, std::string_view value) {
  constexpr std::string_view kPrefix = "HTTP_";
  if (parameter.starts_with(kPrefix)) {
    parameter.remove_prefix(kPrefix.size());
  } else if (parameter != "CONTENT_TYPE" && parameter != "CONTENT_LENGTH") {
    return;
  }
  if (parameter.empty() || value.data() == nullptr) return;
  zend_string* name = zend_string_init(parameter.data(), parameter.size(), false);
  bool begins_word = true;
  for (char& c : std::span(ZSTR_VAL(name), ZSTR_LEN(name))) {
    if (c == '_') c = '-';
    if (!begins_word) c = static_cast<char>(zend_tolower_ascii(c));
    begins_word = c == '-';
  }
  zval text;
  ZVAL_STR(&text, make_string(value));
  zend_symtable_update(Z_ARRVAL_P(headers), name, &text);
  zend_string_release(name);
}

void throw_gateway_error(const EventLink& link) {
  if (link.refused()) {
    zend_throw_exception(spl_ce_InvalidArgumentException, link.error().c_str(), 0);
    return;
  }
  zend_throw_exception_ex(spl_ce_RuntimeException, 0, "The gateway cannot be reached: %s", link.error().c_str());
}

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(serve_arguments, 0, 1, IS_VOID, 0)
ZEND_ARG_TYPE_INFO(0, handle, IS_CALLABLE, 0)
ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, settle, IS_CALLABLE, 1, "null")
ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, warm, IS_CALLABLE, 1, "null")
ZEND_END_ARG_INFO()

PHP_FUNCTION(serve) {
  (void)return_value;  // null, as it is
  JobFunctions functions{};
  ZEND_PARSE_PARAMETERS_START(1, 3)
  Z_PARAM_FUNC(functions.handle.info, functions.handle.cache)
  Z_PARAM_OPTIONAL
  Z_PARAM_FUNC_OR_NULL(functions.settle.info, functions.settle.cache)
  Z_PARAM_FUNC_OR_NULL(functions.warm.info, functions.warm.cache)
  ZEND_PARSE_PARAMETERS_END();
  if (php::worker().phase != Phase::kBooting || php::worker().in_transition) {
    zend_throw_error(nullptr, "serve() is called once, and not in a job");
    RETURN_THROWS();
  }
  serve(functions);
}

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(respond_arguments, 0, 3, IS_VOID, 0)
ZEND_ARG_TYPE_INFO(0, status, IS_LONG, 0)
ZEND_ARG_TYPE_INFO(0, headers, IS_ARRAY, 0)
ZEND_ARG_TYPE_INFO(0, body, IS_STRING, 0)
ZEND_END_ARG_INFO()

PHP_FUNCTION(respond) {
  zend_long status;
  HashTable* headers;
  zend_string* body;
  ZEND_PARSE_PARAMETERS_START(3, 3)
  Z_PARAM_LONG(status)
  Z_PARAM_ARRAY_HT(headers)
  Z_PARAM_STR(body)
  ZEND_PARSE_PARAMETERS_END();
  if (!check_answer(status, headers)) RETURN_THROWS();
  answer(status, headers, view(body));
}

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(respond_file_arguments, 0, 3, _IS_BOOL, 0)
ZEND_ARG_TYPE_INFO(0, status, IS_LONG, 0)
ZEND_ARG_TYPE_INFO(0, headers, IS_ARRAY, 0)
ZEND_ARG_TYPE_INFO(0, path, IS_STRING, 0)
ZEND_END_ARG_INFO()

PHP_FUNCTION(respond_file) {
  zend_long status;
  HashTable* headers;
  zend_string* path;
  ZEND_PARSE_PARAMETERS_START(3, 3)
  Z_PARAM_LONG(status)
  Z_PARAM_ARRAY_HT(headers)
  Z_PARAM_PATH_STR(path)
  ZEND_PARSE_PARAMETERS_END();
  if (!check_answer(status, headers)) RETURN_THROWS();
  if (!attach_file(ZSTR_VAL(path))) RETURN_FALSE;
  answer(status, headers, {});
  RETURN_TRUE;
}

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(end_response_arguments, 0, 0, IS_VOID, 0)
ZEND_END_ARG_INFO()

PHP_FUNCTION(end_response) {
  ZEND_PARSE_PARAMETERS_NONE();
  WorkerProcess& process = worker();
  if (!check_request(process)) RETURN_THROWS();
  end_answer(process, {});
}

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(reset_response_arguments, 0, 0, _IS_BOOL, 0)
ZEND_END_ARG_INFO()

PHP_FUNCTION(reset_response) {
  ZEND_PARSE_PARAMETERS_NONE();
  WorkerProcess& process = worker();
  if (!check_request(process)) RETURN_THROWS();
  if (!process.response.reset()) RETURN_FALSE;
  reset_headers();
  process.throws_at_abort = false;
  RETURN_TRUE;
}

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(break_response_arguments, 0, 0, IS_VOID, 0)
ZEND_END_ARG_INFO()

PHP_FUNCTION(break_response) {
  (void)return_value;  // null, as it is
  ZEND_PARSE_PARAMETERS_NONE();
  WorkerProcess& process = worker();
  if (!check_request(process)) RETURN_THROWS();
  process.throws_at_abort = false;
  process.response.break_off();
}

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(begin_stream_arguments, 0, 0, IS_VOID, 0)
ZEND_END_ARG_INFO()

PHP_FUNCTION(begin_stream) {
  (void)return_value;  // null, as it is
  ZEND_PARSE_PARAMETERS_NONE();
  WorkerProcess& process = worker();
  if (!check_request(process)) RETURN_THROWS();
  begin_answer(process);
  process.throws_at_abort = true;
}

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(print_to_log_arguments, 0, 0, IS_VOID, 0)
ZEND_END_ARG_INFO()

PHP_FUNCTION(print_to_log) {
  (void)return_value;  // null, as it is
  ZEND_PARSE_PARAMETERS_NONE();
  WorkerProcess& process = worker();
  if (!check_request(process)) RETURN_THROWS();
  if (!SG(headers_sent)) process.print_to_log();
}

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(getallheaders_arguments, 0, 0, IS_ARRAY, 0)
ZEND_END_ARG_INFO()

// As of php-fpm, where apache_request_headers() is the same.
PHP_FUNCTION(getallheaders) {
  ZEND_PARSE_PARAMETERS_NONE();
  array_init(return_value);
  const WorkerProcess& process = worker();
  if (process.phase != Phase::kRequest) return;
  for (const auto& [name, value] : process.connection->params()) add_request_header(return_value, name, value);
}

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(fastcgi_finish_request_arguments, 0, 0, _IS_BOOL, 0)
ZEND_END_ARG_INFO()

PHP_FUNCTION(fastcgi_finish_request) {
  ZEND_PARSE_PARAMETERS_NONE();
  WorkerProcess& process = worker();
  if (process.phase != Phase::kRequest || process.response.ended()) RETURN_FALSE;
  end_answer(process, {});
  RETURN_TRUE;
}

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(command_arguments, 0, 2, IS_VOID, 0)
ZEND_ARG_TYPE_INFO(0, id, IS_LONG, 0)
ZEND_ARG_TYPE_INFO(0, message, IS_STRING, 0)
ZEND_END_ARG_INFO()

PHP_FUNCTION(command) {
  (void)return_value;  // null, as it is
  zend_long id;
  zend_string* message;
  ZEND_PARSE_PARAMETERS_START(2, 2)
  Z_PARAM_LONG(id)
  Z_PARAM_STR(message)
  ZEND_PARSE_PARAMETERS_END();
  EventLink& link = php::worker().link;
  if (!link.command(static_cast<std::uint32_t>(id), view(message))) throw_gateway_error(link);
}

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(query_arguments, 0, 3, IS_STRING, 0)
ZEND_ARG_TYPE_INFO(0, id, IS_LONG, 0)
ZEND_ARG_TYPE_INFO(0, message, IS_STRING, 0)
ZEND_ARG_TYPE_INFO(0, timeout_seconds, IS_DOUBLE, 0)
ZEND_END_ARG_INFO()

PHP_FUNCTION(query) {
  zend_long id;
  zend_string* message;
  double timeout_seconds;
  ZEND_PARSE_PARAMETERS_START(3, 3)
  Z_PARAM_LONG(id)
  Z_PARAM_STR(message)
  Z_PARAM_DOUBLE(timeout_seconds)
  ZEND_PARSE_PARAMETERS_END();
  EventLink& link = php::worker().link;
  if (!link.query(static_cast<std::uint32_t>(id), view(message), timeout_seconds)) {
    throw_gateway_error(link);
    RETURN_THROWS();
  }
  RETURN_STR(make_string(link.reply()));
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
  return static_cast<zend_long>(php::worker().gateways.add(std::move(place)));
}

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(add_gateway_arguments, 0, 1, IS_LONG, 0)
ZEND_ARG_TYPE_INFO(0, options, IS_ARRAY, 0)
ZEND_END_ARG_INFO()

PHP_FUNCTION(add_gateway) {
  HashTable* options;
  ZEND_PARSE_PARAMETERS_START(1, 1)
  Z_PARAM_ARRAY_HT(options)
  ZEND_PARSE_PARAMETERS_END();
  if (php::worker().phase != Phase::kBooting) {
    zend_throw_error(nullptr, "Gateways are added before the first job");
    RETURN_THROWS();
  }
  RETURN_LONG(add_gateway_place(options));
}

void throw_gateways_error(const Gateways& gateways) {
  zend_throw_exception_ex(spl_ce_RuntimeException, 0, "The gateway cannot be reached: %s", gateways.error().c_str());
}

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(gateway_command_arguments, 0, 3, IS_VOID, 0)
ZEND_ARG_TYPE_INFO(0, gateway, IS_LONG, 0)
ZEND_ARG_TYPE_INFO(0, id, IS_LONG, 0)
ZEND_ARG_TYPE_INFO(0, message, IS_STRING, 0)
ZEND_END_ARG_INFO()

PHP_FUNCTION(gateway_command) {
  (void)return_value;  // null, as it is
  zend_long gateway;
  zend_long id;
  zend_string* message;
  ZEND_PARSE_PARAMETERS_START(3, 3)
  Z_PARAM_LONG(gateway)
  Z_PARAM_LONG(id)
  Z_PARAM_STR(message)
  ZEND_PARSE_PARAMETERS_END();
  Gateways& gateways = php::worker().gateways;
  if (!gateways.command(static_cast<std::size_t>(gateway), static_cast<std::uint32_t>(id), view(message))) {
    throw_gateways_error(gateways);
  }
}

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(gateway_query_arguments, 0, 3, IS_STRING, 0)
ZEND_ARG_TYPE_INFO(0, gateway, IS_LONG, 0)
ZEND_ARG_TYPE_INFO(0, id, IS_LONG, 0)
ZEND_ARG_TYPE_INFO(0, message, IS_STRING, 0)
ZEND_END_ARG_INFO()

PHP_FUNCTION(gateway_query) {
  zend_long gateway;
  zend_long id;
  zend_string* message;
  ZEND_PARSE_PARAMETERS_START(3, 3)
  Z_PARAM_LONG(gateway)
  Z_PARAM_LONG(id)
  Z_PARAM_STR(message)
  ZEND_PARSE_PARAMETERS_END();
  Gateways& gateways = php::worker().gateways;
  if (!gateways.query(static_cast<std::size_t>(gateway), static_cast<std::uint32_t>(id), view(message))) {
    throw_gateways_error(gateways);
    RETURN_THROWS();
  }
  RETURN_STR(make_string(gateways.reply()));
}

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(watch_arguments, 0, 1, IS_LONG, 0)
ZEND_ARG_INFO(0, stream)
ZEND_END_ARG_INFO()

PHP_FUNCTION(watch) {
  zval* stream;
  ZEND_PARSE_PARAMETERS_START(1, 1)
  Z_PARAM_RESOURCE(stream)
  ZEND_PARSE_PARAMETERS_END();
  const zend_long number = php::worker().watchers.watch(stream);
  if (number == 0) {
    if (EG(exception) == nullptr) zend_argument_value_error(1, "must be an open stream that can be waited for");
    RETURN_THROWS();
  }
  RETURN_LONG(number);
}

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(every_arguments, 0, 1, IS_LONG, 0)
ZEND_ARG_TYPE_INFO(0, seconds, IS_DOUBLE, 0)
ZEND_END_ARG_INFO()

PHP_FUNCTION(every) {
  double seconds;
  ZEND_PARSE_PARAMETERS_START(1, 1)
  Z_PARAM_DOUBLE(seconds)
  ZEND_PARSE_PARAMETERS_END();
  if (!(seconds >= 0.001) || seconds > 1e8) {
    zend_argument_value_error(1, "must be at least 0.001");
    RETURN_THROWS();
  }
  RETURN_LONG(php::worker().watchers.every(seconds));
}

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(forget_arguments, 0, 1, _IS_BOOL, 0)
ZEND_ARG_TYPE_INFO(0, number, IS_LONG, 0)
ZEND_END_ARG_INFO()

PHP_FUNCTION(forget) {
  zend_long number;
  ZEND_PARSE_PARAMETERS_START(1, 1)
  Z_PARAM_LONG(number)
  ZEND_PARSE_PARAMETERS_END();
  RETURN_BOOL(php::worker().watchers.remove(number));
}

// Adds the FastCGI sockets of the workers that are idle now, but this one. Apart, as it has objects of its own.
void add_idle_workers(zval* list) {
  const WorkerOptions& options = php::worker().options;
  const std::string directory = options.socket_path.substr(0, options.socket_path.rfind('/') + 1);
  for (std::uint32_t i = 0; i < options.scoreboard->worker_slots(); ++i) {
    const WorkerSlot& slot = options.scoreboard->worker(i);
    if (slot.state.load() != WorkerState::kIdle || slot.duty.load() == WorkerDuty::kSockets) continue;
    const std::string path =
        directory + "php-" + std::to_string(i + 1) + "-" + std::to_string(slot.generation.load()) + ".sock";
    if (path != options.socket_path) add_next_index_stringl(list, path.data(), path.size());
  }
}

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(idle_workers_arguments, 0, 0, IS_ARRAY, 0)
ZEND_END_ARG_INFO()

PHP_FUNCTION(idle_workers) {
  ZEND_PARSE_PARAMETERS_NONE();
  array_init(return_value);
  add_idle_workers(return_value);
}

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(run_tasks_arguments, 0, 3, IS_ARRAY, 0)
ZEND_ARG_TYPE_INFO(0, do, IS_CALLABLE, 0)
ZEND_ARG_TYPE_INFO(0, inputs, IS_ARRAY, 0)
ZEND_ARG_TYPE_INFO(0, seconds, IS_DOUBLE, 0)
ZEND_END_ARG_INFO()

PHP_FUNCTION(run_tasks) {
  zend_fcall_info function;
  zend_fcall_info_cache cache;
  HashTable* inputs;
  double seconds;
  ZEND_PARSE_PARAMETERS_START(3, 3)
  Z_PARAM_FUNC(function, cache)
  Z_PARAM_ARRAY_HT(inputs)
  Z_PARAM_DOUBLE(seconds)
  ZEND_PARSE_PARAMETERS_END();
  const Phase phase = php::worker().phase;
  if (php::worker().in_transition ||
      (phase != Phase::kRequest && phase != Phase::kEvent && phase != Phase::kCallback)) {
    zend_throw_error(nullptr, "run_tasks() is called within a job");
    RETURN_THROWS();
  }
  run_tasks(function, cache, inputs, seconds, return_value);
}

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(debug_arguments, 0, 1, IS_VOID, 0)
ZEND_ARG_TYPE_INFO(0, on, _IS_BOOL, 0)
ZEND_END_ARG_INFO()

PHP_FUNCTION(debug) {
  (void)return_value;  // null, as it is
  bool on;
  ZEND_PARSE_PARAMETERS_START(1, 1)
  Z_PARAM_BOOL(on)
  ZEND_PARSE_PARAMETERS_END();
  php::worker().is_debugging = on;
}

// Apart, so that no object of its own is in a frame that PHP may jump over.
void isolate_but(HashTable* names) {
  WorkerProcess& process = php::worker();
  process.isolates = true;
  process.persistent.clear();
  if (names == nullptr) return;
  zval* name;
  ZEND_HASH_FOREACH_VAL(names, name) {
    if (Z_TYPE_P(name) == IS_STRING) process.persistent.emplace_back(view(Z_STR_P(name)));
  }
  ZEND_HASH_FOREACH_END();
}

// The objects that there are, by handle. Apart, as it fills a vector.
void list_objects(std::vector<const zend_object*>& objects) {
  objects.assign(EG(objects_store).top, nullptr);
  for_each_object([&objects](const zend_object* object) { objects[object->handle] = object; });
}

// Of those in `objects`, and those that there are now, only the new ones remain in `objects`.
void keep_new_objects(std::vector<const zend_object*>& objects) {
  std::vector<const zend_object*> now;
  list_objects(now);
  for (std::size_t handle = 0; handle < objects.size(); ++handle) {
    if (now[handle] == objects[handle]) now[handle] = nullptr;
  }
  objects = std::move(now);
}

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(persist_arguments, 0, 1, IS_VOID, 0)
ZEND_ARG_TYPE_INFO(0, create, IS_CALLABLE, 0)
ZEND_END_ARG_INFO()

PHP_FUNCTION(persist) {
  (void)return_value;  // null, as it is
  zend_fcall_info create;
  zend_fcall_info_cache cache;
  ZEND_PARSE_PARAMETERS_START(1, 1)
  Z_PARAM_FUNC(create, cache)
  ZEND_PARSE_PARAMETERS_END();
  WorkerProcess& process = php::worker();
  if (process.phase != Phase::kBooting) {
    zend_throw_error(nullptr, "persist() is called before the first job");
    RETURN_THROWS();
  }
  list_objects(process.persistent_objects);
  zval result;
  create.retval = &result;
  zend_call_function(&create, &cache);
  zval_ptr_dtor(&result);
  keep_new_objects(process.persistent_objects);
}

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(isolate_arguments, 0, 0, IS_VOID, 0)
ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, persistent, IS_ARRAY, 0, "[]")
ZEND_END_ARG_INFO()

PHP_FUNCTION(isolate) {
  (void)return_value;  // null, as it is
  HashTable* persistent = nullptr;
  ZEND_PARSE_PARAMETERS_START(0, 1)
  Z_PARAM_OPTIONAL
  Z_PARAM_ARRAY_HT(persistent)
  ZEND_PARSE_PARAMETERS_END();
  if (php::worker().phase != Phase::kBooting) {
    zend_throw_error(nullptr, "isolate() is called before the first job");
    RETURN_THROWS();
  }
  isolate_but(persistent);
}

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(warm_arguments, 0, 1, IS_VOID, 0)
ZEND_ARG_TYPE_INFO(0, learned, IS_LONG, 0)
ZEND_END_ARG_INFO()

PHP_FUNCTION(warm) {
  (void)return_value;  // null, as it is
  zend_long learned;
  ZEND_PARSE_PARAMETERS_START(1, 1)
  Z_PARAM_LONG(learned)
  ZEND_PARSE_PARAMETERS_END();
  php::worker().warms = php::worker().snapshot.taken();
  php::worker().options.slot->learned.store(static_cast<std::uint32_t>(learned), std::memory_order_relaxed);
}

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(open_session_arguments, 0, 1, IS_OBJECT, 0)
ZEND_ARG_TYPE_INFO(0, connect, IS_CALLABLE, 0)
ZEND_END_ARG_INFO()

PHP_FUNCTION(open_session) {
  zend_fcall_info connect;
  zend_fcall_info_cache cache;
  ZEND_PARSE_PARAMETERS_START(1, 1)
  Z_PARAM_FUNC(connect, cache)
  ZEND_PARSE_PARAMETERS_END();
  const std::vector<int> before = open_sockets();
  connect.retval = return_value;
  zend_call_function(&connect, &cache);
  if (EG(exception) != nullptr) RETURN_THROWS();
  if (Z_TYPE_P(return_value) != IS_OBJECT) {
    zend_argument_type_error(1, "must return an object");
    RETURN_THROWS();
  }
  const std::vector<int> now = open_sockets();
  std::vector<int> opened;
  std::set_difference(now.begin(), now.end(), before.begin(), before.end(), std::back_inserter(opened));
  open_session(Z_OBJ_P(return_value), std::move(opened));
}

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(of_session_arguments, 0, 1, _IS_BOOL, 0)
ZEND_ARG_TYPE_INFO(0, session, IS_OBJECT, 0)
ZEND_END_ARG_INFO()

PHP_FUNCTION(is_session_changed) {
  zend_object* session;
  ZEND_PARSE_PARAMETERS_START(1, 1)
  Z_PARAM_OBJ(session)
  ZEND_PARSE_PARAMETERS_END();
  RETURN_BOOL(is_session_changed(session));
}

PHP_FUNCTION(is_session_free) {
  zend_object* session;
  ZEND_PARSE_PARAMETERS_START(1, 1)
  Z_PARAM_OBJ(session)
  ZEND_PARSE_PARAMETERS_END();
  constexpr uint32_t kOfCaller = 2;  // its variable, and the argument
  RETURN_BOOL(GC_REFCOUNT(session) <= kOfCaller && !is_session_changed(session) && is_session_quiet(session));
}

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(worker_arguments, 0, 0, IS_ARRAY, 0)
ZEND_END_ARG_INFO()

PHP_FUNCTION(worker) {
  ZEND_PARSE_PARAMETERS_NONE();
  const WorkerProcess& process = php::worker();
  array_init(return_value);
  add_assoc_long(return_value, "slot", static_cast<zend_long>(process.options.slot_number));
  add_assoc_long(return_value, "pid", static_cast<zend_long>(::getpid()));
  add_assoc_string(return_value, "version", LARAMAN_VERSION);
}

}  // namespace

// clang-format off
const zend_function_entry kNativeFunctions[] = {
    ZEND_NS_FE("Laraman\\Native", serve, serve_arguments)
    ZEND_NS_FE("Laraman\\Native", respond, respond_arguments)
    ZEND_NS_FE("Laraman\\Native", respond_file, respond_file_arguments)
    ZEND_NS_FE("Laraman\\Native", reset_response, reset_response_arguments)
    ZEND_NS_FE("Laraman\\Native", break_response, break_response_arguments)
    ZEND_NS_FE("Laraman\\Native", begin_stream, begin_stream_arguments)
    ZEND_NS_FE("Laraman\\Native", print_to_log, print_to_log_arguments)
    ZEND_NS_FE("Laraman\\Native", end_response, end_response_arguments)
    ZEND_NS_FE("Laraman\\Native", command, command_arguments)
    ZEND_NS_FE("Laraman\\Native", query, query_arguments)
    ZEND_NS_FE("Laraman\\Native", add_gateway, add_gateway_arguments)
    ZEND_NS_FE("Laraman\\Native", gateway_command, gateway_command_arguments)
    ZEND_NS_FE("Laraman\\Native", gateway_query, gateway_query_arguments)
    ZEND_NS_FE("Laraman\\Native", watch, watch_arguments)
    ZEND_NS_FE("Laraman\\Native", every, every_arguments)
    ZEND_NS_FE("Laraman\\Native", forget, forget_arguments)
    ZEND_NS_FE("Laraman\\Native", idle_workers, idle_workers_arguments)
    ZEND_NS_FE("Laraman\\Native", run_tasks, run_tasks_arguments)
    ZEND_NS_FE("Laraman\\Native", debug, debug_arguments)
    ZEND_NS_FE("Laraman\\Native", persist, persist_arguments)
    ZEND_NS_FE("Laraman\\Native", isolate, isolate_arguments)
    ZEND_NS_FE("Laraman\\Native", warm, warm_arguments)
    ZEND_NS_FE("Laraman\\Native", open_session, open_session_arguments)
    ZEND_NS_FE("Laraman\\Native", is_session_changed, of_session_arguments)
    ZEND_NS_FE("Laraman\\Native", is_session_free, of_session_arguments)
    ZEND_NS_FE("Laraman\\Native", worker, worker_arguments)
    ZEND_FE(fastcgi_finish_request, fastcgi_finish_request_arguments)
    ZEND_FE(getallheaders, getallheaders_arguments)
    ZEND_FALIAS(apache_request_headers, getallheaders, getallheaders_arguments)
    ZEND_FE_END
};
// clang-format on

}  // namespace laraman::php
