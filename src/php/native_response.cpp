// The functions of Laraman\Native about the response to a request (laravel/stubs/native.stub.php), and those that PHP's
// FastCGI servers have.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "php/superglobals.h"
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
  if (process.loop.phase == Phase::kRequest) return true;
  zend_throw_exception(spl_ce_RuntimeException, "There is no request to answer", 0);
  return false;
}

// Ends the answer: what is still buffered, the headers if they have not been sent, then `body`.
void end_answer(WorkerProcess& process, std::string_view body) {
  process.job.throws_at_abort = false;
  process.links.main
      .flush();  // what the request has sent to others is on its way before its own client reads the answer
  php_output_end_all();
  php_header();
  process.job.response.end(SG(request_info).headers_only ? std::string_view() : body);
  restart_clock();
}

// Checks what respond() or respond_file() was given; throws and returns false if it cannot be the answer.
bool check_answer(zend_long status, HashTable* headers) {
  if (status < 100 || status > 999) {
    zend_argument_value_error(1, "must be an HTTP status");
    return false;
  }
  if (!check_request(worker()) || !check_headers(headers)) return false;
  if (!worker().job.response.ended()) return true;
  zend_throw_exception(spl_ce_RuntimeException, "The request has been answered already", 0);
  return false;
}

// What comes now is for the client, after output that print_to_log() has kept from it.
void begin_answer(WorkerProcess& process) {
  if (!process.job.prints_to_log) return;
  php_output_end_all();
  process.job.print_to_client();
}

void answer(zend_long status, HashTable* headers, std::string_view body) {
  WorkerProcess& process = worker();
  begin_answer(process);
  process.job.respond_headers = headers;
  if (!SG(headers_sent)) {
    SG(sapi_headers).http_response_code = static_cast<int>(status);
    if (has_content_type(headers)) SG(sapi_headers).send_default_content_type = false;
  }
  end_answer(process, body);
  process.job.respond_headers = nullptr;
}

// Whether the gateway will send the file of that path with the answer.
bool attach_file(const char* path) {
  FastCgiConnection& connection = *worker().job.connection;
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

}  // namespace

ZEND_FUNCTION(Laraman_Native_respond) {
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

ZEND_FUNCTION(Laraman_Native_respond_file) {
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

ZEND_FUNCTION(Laraman_Native_end_response) {
  ZEND_PARSE_PARAMETERS_NONE();
  WorkerProcess& process = worker();
  if (!check_request(process)) RETURN_THROWS();
  end_answer(process, {});
}

ZEND_FUNCTION(Laraman_Native_reset_response) {
  ZEND_PARSE_PARAMETERS_NONE();
  WorkerProcess& process = worker();
  if (!check_request(process)) RETURN_THROWS();
  if (!process.job.response.reset()) RETURN_FALSE;
  reset_headers();
  process.job.throws_at_abort = false;
  RETURN_TRUE;
}

ZEND_FUNCTION(Laraman_Native_break_response) {
  (void)return_value;  // null, as it is
  ZEND_PARSE_PARAMETERS_NONE();
  WorkerProcess& process = worker();
  if (!check_request(process)) RETURN_THROWS();
  process.job.throws_at_abort = false;
  process.job.response.break_off();
}

ZEND_FUNCTION(Laraman_Native_begin_stream) {
  (void)return_value;  // null, as it is
  ZEND_PARSE_PARAMETERS_NONE();
  WorkerProcess& process = worker();
  if (!check_request(process)) RETURN_THROWS();
  begin_answer(process);
  process.job.throws_at_abort = true;
}

ZEND_FUNCTION(Laraman_Native_print_to_log) {
  (void)return_value;  // null, as it is
  ZEND_PARSE_PARAMETERS_NONE();
  WorkerProcess& process = worker();
  if (!check_request(process)) RETURN_THROWS();
  if (!SG(headers_sent)) process.job.print_to_log();
}

// As of php-fpm, where apache_request_headers() is the same.
ZEND_FUNCTION(getallheaders) {
  ZEND_PARSE_PARAMETERS_NONE();
  array_init(return_value);
  const WorkerProcess& process = worker();
  if (process.loop.phase != Phase::kRequest) return;
  for (const auto& [name, value] : process.job.connection->params()) add_request_header(return_value, name, value);
}

ZEND_FUNCTION(fastcgi_finish_request) {
  ZEND_PARSE_PARAMETERS_NONE();
  WorkerProcess& process = worker();
  if (process.loop.phase != Phase::kRequest || process.job.response.ended()) RETURN_FALSE;
  end_answer(process, {});
  RETURN_TRUE;
}

}  // namespace laraman::php
