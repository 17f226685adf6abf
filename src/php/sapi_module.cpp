#include "php/sapi_module.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstring>

#include <main/http_status_codes.h>

#include "base/escape.h"
#include "base/log.h"
#include "base/terminal.h"
#include "php/declarations.h"
#include "php/garbage.h"
#include "php/jobs.h"
#include "php/native_functions.h"
#include "php/session_watch.h"
#include "php/superglobals.h"
#include "php/time_limit.h"
#include "php/worker.h"

namespace laraman::php {
namespace {

constexpr char kName[] = "laraman";
// opcache starts only under names that it knows. PHP_SAPI is registered before extensions start, opcache looks after
// that: between the two our name is exchanged for this one.
constexpr char kNameForOpcache[] = "fpm-fcgi";
constexpr std::size_t kMaxBootOutput = 16 * 1024;

std::string ini_entries;

zend_class_entry* client_gone = nullptr;  // Laraman\Native\ClientGone

// The application has called ignore_user_abort(), or set it.
bool wants_to_go_on() {
  const auto* setting =
      static_cast<zend_ini_entry*>(zend_hash_str_find_ptr(EG(ini_directives), ZEND_STRL("ignore_user_abort")));
  return setting != nullptr && setting->modified;
}

// The job goes on writing without a reader, whatever exception it gets. Neither its time limit nor an exit() that it
// may hinder is relied upon; the pool starts another worker.
[[noreturn]] void leave_writer(const WorkerProcess& process) {
  const char* method = SG(request_info).request_method;
  const char* uri = SG(request_info).request_uri;
  log::error("worker ends slot={} reason=\"its client has gone, and the job goes on writing\" grace={} job={}",
             process.options.slot_number, std::chrono::duration<double>(process.options.limits.abort_grace).count(),
             quote(std::string(method != nullptr ? method : "") + " " + (uri != nullptr ? uri : "")));
  ::_exit(EXIT_FAILURE);
}

// Output was refused, since the client has gone. Ends what produces its answer, where begin_stream() has allowed that,
// by an exception: `finally` and destructors run, and the application goes on with the next job. One that writes all
// the same has some time to come to its end.
void handle_abort(WorkerProcess& process) {
  // As php_handle_aborted_connection() has it, but that PHP's output stays on, so that what is written is seen here.
  PG(connection_status) = PHP_CONNECTION_ABORTED;
  if (!PG(ignore_user_abort)) zend_bailout();
  if (wants_to_go_on()) return;
  if (process.loop.in_transition) return;  // the job is over: what is flushed here it wrote before
  const TimePoint now = monotonic_now();
  if (!process.job.refused_since) process.job.refused_since = now;
  if (now - *process.job.refused_since > process.options.limits.abort_grace) leave_writer(process);
  if (!process.job.throws_at_abort || EG(current_execute_data) == nullptr || EG(exception) != nullptr) return;
  process.job.throws_at_abort = false;
  zend_throw_exception(client_gone, "The client has gone", 0);
}

// Calls `print` with each line of `text`, without its end.
template <typename Print>
void for_each_line(std::string_view text, const Print& print) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    print(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

// What a handler of events, or the end of its script, prints: there is no client to send it to. A client may have
// chosen the text, so it must not pass for lines of the log.
void print_without_client(const WorkerProcess& process, std::string_view text) {
  if (terminal::is_shown()) return terminal::print(terminal::printable(text));
  const std::string connection =
      process.loop.phase == Phase::kEvent ? " connection=" + std::string(process.links.event().connection) : "";
  for_each_line(text, [&](std::string_view line) {
    log::info("output slot={}{}: {}", process.options.slot_number, connection, line);
  });
}

std::size_t write_output(const char* text, std::size_t size) {
  WorkerProcess* process = find_worker();
  const std::string_view data(text, size);
  if (process != nullptr && process->is_fork && process->task_depth == 0) return size;
  if (process == nullptr || process->loop.phase != Phase::kRequest ||
      process->job.prints_to_log) {  // no client to send it to
    if (process != nullptr && process->drops_output) return size;
    if (process != nullptr && process->loop.phase == Phase::kBooting) {
      // Printed once it has booted; the words of a fatal error are told by other means.
      process->loop.boot_output += data.substr(0, kMaxBootOutput - process->loop.boot_output.size());
      return size;
    }
    if (process != nullptr) {
      print_without_client(*process, data);
    } else if (::write(STDERR_FILENO, text, size) < 0) {
      return 0;
    }
    return size;
  }
  if (process->job.response.ended()) return size;  // the client has it all, and waits for no more
  const bool sent = process->job.response.write(data);
  if (process->job.response.aborted()) {
    handle_abort(*process);
  } else if (sent) {
    restart_clock();
  }
  return size;
}

void flush_output(void*) {
  WorkerProcess* process = find_worker();
  if (process == nullptr || process->loop.phase != Phase::kRequest || process->job.prints_to_log ||
      process->job.response.ended()) {
    return;
  }
  if (!SG(headers_sent)) return;  // as under php-fpm: without output there is nothing to send, and headers may follow
  process->job.response.flush();
  if (process->job.response.aborted()) {
    handle_abort(*process);
  } else {
    restart_clock();
  }
}

std::string_view reason_phrase(int status) {
  for (const auto& known : http_status_map) {
    if (known.code == status) return known.str;
  }
  return {};
}

// The name of a header line: up to its colon.
std::string_view header_name(std::string_view line) { return line.substr(0, line.find(':')); }

bool names_equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

// Whether respond() was given a header that takes this one's place. Cookies add up.
bool is_replaced(std::string_view name, HashTable* headers) {
  if (headers == nullptr || names_equal(name, "Set-Cookie")) return false;
  zend_string* other;
  ZEND_HASH_FOREACH_STR_KEY(headers, other) {
    if (other != nullptr && names_equal(view(other), name)) return true;
  }
  ZEND_HASH_FOREACH_END();
  return false;
}

std::string_view print_number(std::array<char, MAX_LENGTH_OF_LONG>& digits, zend_ulong number) {
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), static_cast<zend_long>(number)).ptr;
  return {digits.data(), end};
}

void add_respond_headers(Response& response, HashTable* headers) {
  zend_ulong number;
  zend_string* key;
  zval* values;
  ZEND_HASH_FOREACH_KEY_VAL(headers, number, key, values) {
    std::array<char, MAX_LENGTH_OF_LONG> digits;
    const std::string_view name = key != nullptr ? view(key) : print_number(digits, number);
    ZVAL_DEREF(values);
    if (Z_TYPE_P(values) == IS_STRING) {
      response.add_header(name, view(Z_STR_P(values)));
      continue;
    }
    if (Z_TYPE_P(values) != IS_ARRAY) continue;
    zval* value;
    ZEND_HASH_FOREACH_VAL(Z_ARRVAL_P(values), value) {
      ZVAL_DEREF(value);
      if (Z_TYPE_P(value) == IS_STRING) response.add_header(name, view(Z_STR_P(value)));
    }
    ZEND_HASH_FOREACH_END();
  }
  ZEND_HASH_FOREACH_END();
}

int send_headers(sapi_headers_struct* headers) {
  WorkerProcess* process = find_worker();
  if (process == nullptr || process->loop.phase != Phase::kRequest || process->job.response.ended()) {
    return SAPI_HEADER_SENT_SUCCESSFULLY;
  }
  Response& response = process->job.response;
  HashTable* given = process->job.respond_headers;
  const int status = headers->http_response_code != 0 ? headers->http_response_code : 200;
  std::string_view reason = reason_phrase(status);
  if (headers->http_status_line != nullptr && given == nullptr) {  // "HTTP/1.1 404 Gone fishing"
    const std::string_view line(headers->http_status_line);
    const std::size_t code = line.find(' ');
    const std::size_t space = code == std::string_view::npos ? code : line.find(' ', code + 1);
    if (space != std::string_view::npos) reason = line.substr(space + 1);
  }
  response.begin_head(status, reason);
  zend_llist_position position;
  for (void* p = zend_llist_get_first_ex(&headers->headers, &position); p != nullptr;
       p = zend_llist_get_next_ex(&headers->headers, &position)) {
    const auto* header = static_cast<sapi_header_struct*>(p);
    const std::string_view line(header->header, header->header_len);
    if (!line.empty() && !is_replaced(header_name(line), given)) response.add_header(line);
  }
  if (given != nullptr) add_respond_headers(response, given);
  return SAPI_HEADER_SENT_SUCCESSFULLY;
}

std::size_t read_post(char* buffer, std::size_t size) {
  WorkerProcess* process = find_worker();
  if (process == nullptr || process->loop.phase != Phase::kRequest) return 0;
  return process->job.connection->read_body(buffer, size);
}

char* read_cookies() { return SG(request_info).cookie_data; }

char* get_environment(const char* name, std::size_t size) {
  WorkerProcess* process = find_worker();
  if (process == nullptr || process->loop.phase != Phase::kRequest) return nullptr;
  return const_cast<char*>(find_param(process->job.connection->params(), {name, size}));
}

void register_server_variables(zval* variables) {
  WorkerProcess* process = find_worker();
  if (process != nullptr && process->loop.phase == Phase::kRequest) {
    if (process->options.is_classic) php_import_environment_variables(variables);
    add_server_variables(variables, &process->isolation.server_variables, process->job.connection->params());
    if (process->options.is_classic) add_classic_variables(variables);
    return;
  }
  php_import_environment_variables(variables);
  if (process == nullptr) return;  // opcache's preloading
  for (const char* name : {"PHP_SELF", "SCRIPT_NAME", "SCRIPT_FILENAME"}) {
    php_register_variable(name, process->options.script.c_str(), variables);
  }
}

void log_message(const char* message, int) {
  const WorkerProcess* process = find_worker();
  const std::string_view text(message);
  if (process != nullptr && process->loop.phase == Phase::kBooting &&
      (text.starts_with("PHP Fatal") || text.starts_with("PHP Parse"))) {
    log::debug("php slot={}: {}", process->options.slot_number, text);  // the pool says why there is no worker
    return;
  }
  if (process != nullptr && terminal::is_shown()) {
    terminal::print(terminal::paint(terminal::printable(text), terminal::Color::kYellow));
    return;
  }
  // A stack trace has many lines, and each is one of the log's own.
  for_each_line(text, [&](std::string_view line) {
    if (process == nullptr) {
      log::warning("php: {}", line);
    } else {
      log::warning("php slot={}: {}", process->options.slot_number, line);
    }
  });
}

// Defaults that php.ini may change.
void set_ini_defaults(HashTable* settings) {
  const auto set = [settings](std::string_view name, std::string_view value) {
    zval text;
    ZVAL_NEW_STR(&text, zend_string_init(value.data(), value.size(), true));
    zend_hash_str_update(settings, name.data(), name.size(), &text);
  };
  // PHP looks again at a changed file once in that many seconds of request time, and a resident script's request never
  // ends: without this a recompiled template would not be seen.
  set("opcache.revalidate_freq", "0");
  // And it does not cache a file that was younger than that many seconds when the request began, which all that change
  // later are: a template compiled after booting would be compiled again each time, into memory that is not freed.
  set("opcache.file_update_protection", "0");
  // A client that goes away must not end the script, which takes the whole application with it. Code that runs long
  // asks connection_aborted().
  set("ignore_user_abort", "1");
}

PHP_MINIT_FUNCTION(laraman) {
  static_cast<void>(type);
  static_cast<void>(module_number);
  sapi_module.name = const_cast<char*>(kNameForOpcache);
  zend_class_entry entry;
  INIT_NS_CLASS_ENTRY(entry, "Laraman\\Native", "ClientGone", nullptr);
  client_gone = zend_register_internal_class_ex(&entry, zend_ce_exception);
  client_gone->ce_flags |= ZEND_ACC_FINAL;
  register_job_classes();
  return SUCCESS;
}

zend_module_entry native_module = {STANDARD_MODULE_HEADER,
                                   kName,
                                   kNativeFunctions,
                                   PHP_MINIT(laraman),
                                   nullptr,
                                   nullptr,
                                   nullptr,
                                   nullptr,
                                   LARAMAN_VERSION,
                                   STANDARD_MODULE_PROPERTIES};

int start_module(sapi_module_struct* module) { return php_module_startup(module, &native_module); }

sapi_module_struct make_sapi_module() {
  sapi_module_struct module{};
  module.name = const_cast<char*>(kName);
  module.pretty_name = const_cast<char*>("Laraman");
  module.startup = start_module;
  module.shutdown = php_module_shutdown_wrapper;
  module.ub_write = write_output;
  module.flush = flush_output;
  module.getenv = get_environment;
  module.sapi_error = php_error;
  module.send_headers = send_headers;
  module.read_post = read_post;
  module.read_cookies = read_cookies;
  module.register_server_variables = register_server_variables;
  module.log_message = log_message;
  module.php_ini_ignore_cwd = 1;
  module.ini_defaults = set_ini_defaults;
  return module;
}

sapi_module_struct own_module = make_sapi_module();

}  // namespace

Result<void> start_php(const std::vector<std::pair<std::string, std::string>>& ini) {
  ini_entries.clear();
  for (const auto& [name, value] : ini) {  // values as `php -d` takes them
    const bool plain =
        value.empty() || std::isalnum(static_cast<unsigned char>(value[0])) != 0 || value[0] == '"' || value[0] == '\'';
    ini_entries.append(name).append(plain ? "=" : "=\"").append(value).append(plain ? "\n" : "\"\n");
  }
  std::signal(SIGPIPE, SIG_IGN);
  zend_signal_startup();
  sapi_startup(&own_module);
  own_module.ini_entries = ini_entries.empty() ? nullptr : ini_entries.data();  // sapi_startup() has reset it
  if (own_module.startup(&own_module) != SUCCESS) {
    return Error{ErrorCode::kSystem, "PHP did not start", "", "see its messages above"};
  }
  sapi_module.name = const_cast<char*>(kName);
  SIGG(reset) = false;  // signals are ours: PHP only needs its timer
  SG(options) |= SAPI_OPTION_NO_CHDIR;
  watch_state_changes();
  watch_sessions();
  watch_declarations();
  watch_filter_functions();
  watch_time_limit();
  defer_garbage_collection();
  return {};
}

void stop_php() {
  own_module.shutdown(&own_module);
  sapi_shutdown();
}

}  // namespace laraman::php
