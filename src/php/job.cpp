#include "php/job.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "base/escape.h"
#include "base/log.h"
#include "php/declarations.h"
#include "php/garbage.h"
#include "php/job_line.h"
#include "php/jobs.h"
#include "php/session_watch.h"
#include "php/shutdown_functions.h"
#include "php/superglobals.h"
#include "php/time_limit.h"
#include "php/worker.h"

namespace laraman::php {
namespace {

// Extensions that keep something for a request and can be started for each job, as PHP does for a whole script.
constexpr std::array<std::string_view, 3> kPerRequestModules{"session", "filter", "zlib"};

// Memory that error pages may use beyond the limit, after a request that ran out of it.
constexpr zend_long kFatalErrorReserve = 16 * 1024 * 1024;

// Looked for once: this is done for each event.
const std::array<const zend_module_entry*, kPerRequestModules.size()>& per_request_modules() {
  static const auto modules = [] {
    std::array<const zend_module_entry*, kPerRequestModules.size()> found{};
    std::transform(kPerRequestModules.begin(), kPerRequestModules.end(), found.begin(), find_module);
    return found;
  }();
  return modules;
}

void start_modules() {
  for (const zend_module_entry* module : per_request_modules()) begin_request_of(module);
}

void stop_modules() {
  for (const zend_module_entry* module : per_request_modules()) end_request_of(module);
  // Only now: saving the session reads it.
  zend_hash_str_del(&EG(symbol_table), ZEND_STRL("_SESSION"));
}

void activate_output() {
  php_output_activate();
  PG(header_is_being_sent) = false;
  PG(connection_status) = PHP_CONNECTION_NORMAL;
  PG(in_error_log) = false;
}

void start_output_buffers() {
  if (PG(output_handler) != nullptr && PG(output_handler)[0] != '\0') {
    zval handler;
    ZVAL_STRING(&handler, PG(output_handler));
    php_output_start_user(&handler, 0, PHP_OUTPUT_HANDLER_STDFLAGS);
    zval_ptr_dtor(&handler);
  } else if (PG(output_buffering) != 0) {
    const auto size = PG(output_buffering) > 1 ? static_cast<std::size_t>(PG(output_buffering)) : 0;
    php_output_start_user(nullptr, size, PHP_OUTPUT_HANDLER_STDFLAGS);
  } else if (PG(implicit_flush)) {
    php_output_set_implicit_flush(1);
  }
}

// Frees php://input: PHP leaves it to the end of the script.
void close_request_body(php_stream* body) {
  if (body == nullptr) return;
  void* p;
  ZEND_HASH_REVERSE_FOREACH_PTR(&EG(regular_list), p) {
    auto* resource = static_cast<zend_resource*>(p);
    if (resource->type != php_file_le_stream()) continue;
    auto* stream = static_cast<php_stream*>(resource->ptr);
    if (std::strcmp(stream->ops->label, "Input") == 0) php_stream_free(stream, PHP_STREAM_FREE_CLOSE);
  }
  ZEND_HASH_FOREACH_END();
  php_stream_free(body, PHP_STREAM_FREE_CLOSE);
}

void clear_last_error() {
  PG(last_error_type) = 0;
  PG(last_error_lineno) = 0;
  if (PG(last_error_message) != nullptr) zend_string_release(PG(last_error_message));
  if (PG(last_error_file) != nullptr) zend_string_release(PG(last_error_file));
  PG(last_error_message) = nullptr;
  PG(last_error_file) = nullptr;
}

// Runs `step`; false if it failed fatally: by a bailout, or, out of memory, by an exception that ends the script after
// one. Code of the application that calls exit in it ends there.
bool attempt(void (*step)()) {
  volatile bool ok = true;
  zend_try { step(); }
  zend_catch { ok = false; }
  zend_end_try();
  forget_exit();
  return ok && !CG(unclean_shutdown);
}

bool run_shutdown_functions() {
  if (BG(user_shutdown_function_names) == nullptr && !worker().job.exited) return true;
  const bool ok = attempt(call_shutdown_functions);
  php_free_shutdown_functions();
  return ok;
}

// Uploaded files that the script has not moved; sapi_deactivate() does it too late: the client has its answer by then.
void remove_uploads() {
  if (SG(rfc1867_uploaded_files) == nullptr) return;
  zend_string* path;
  ZEND_HASH_FOREACH_STR_KEY(SG(rfc1867_uploaded_files), path) {
    if (path != nullptr) ::unlink(ZSTR_VAL(path));
  }
  ZEND_HASH_FOREACH_END();
}

void deactivate_sapi() {
  php_stream* body = SG(request_info).request_body;
  sapi_deactivate();
  clear_request_info();
  close_request_body(body);
}

void restore_state() {
  WorkerProcess& process = worker();
  zend_unset_timeout();
  clear_superglobals(&process.isolation.server_variables);
  process.isolation.baseline.restore();
  zend_unset_timeout();  // restoring the time limit has armed it again
  zend_set_memory_limit(PG(memory_limit));
  zend_memory_reset_peak_usage();
  php_clear_stat_cache(false, nullptr, 0);
  if (BG(strtok_string) != nullptr) zend_string_release(BG(strtok_string));
  BG(strtok_string) = nullptr;
  BG(strtok_last) = nullptr;
}

void start_timer() {
  start_clock();
  if (EG(timeout_seconds) > 0) zend_set_timeout(EG(timeout_seconds), false);
}

// Packages take from it how long a request has lasted.
void set_laravel_start() {
  auto* constant = static_cast<zend_constant*>(zend_hash_str_find_ptr(EG(zend_constants), ZEND_STRL("LARAVEL_START")));
  if (constant != nullptr && Z_TYPE(constant->value) == IS_DOUBLE) Z_DVAL(constant->value) = sapi_get_request_time();
}

// The state is not what it was, and no job is to find it.
[[noreturn]] void leave_broken(WorkerProcess& process, std::string_view why) {
  log::error("worker ends slot={} reason=\"{}\" job={}", process.options.slot_number, why,
             quote(process.options.slot->job.get()));
  process.links.main.flush();  // what the job has sent, and that it is over
  process.server.remove_file();
  ::_exit(EXIT_FAILURE);
}

// What destructors print now has no reader.
void restore_snapshot() {
  WorkerProcess& process = worker();
  if (!process.isolation.snapshot.taken()) return;
  if (process.loop.phase == Phase::kWarming) {
    keep_declarations();
    collect_garbage();
    process.isolation.snapshot.take(process.isolation.persistent, process.isolation.persistent_objects);
    return;
  }
  process.isolation.snapshot.restore();
  remove_declarations_of_job();
  // Garbage that only PHP's collector finds may hold a session, and that a lock.
  if (!has_garbage() && !has_open_sessions()) return;
  collect_garbage();
  process.isolation.snapshot.restore();
  forget_sessions();
}

// Names, once for all processes of the slot, the objects of which jobs see what others have done to them.
void report_hiding(const WorkerProcess& process) {
  WorkerSlot& slot = *process.options.slot;
  const std::vector<std::string> hiding = process.isolation.snapshot.hiding();
  const std::string first_before = slot.hides.get();
  const std::uint32_t count_before = slot.hiding.exchange(static_cast<std::uint32_t>(hiding.size()));
  slot.hides.set(hiding.empty() ? std::string_view() : hiding.front(), "");
  const bool is_known = count_before == hiding.size() && first_before == slot.hides.get();
  if (is_known || process.options.slot_number != 1) return;
  for (const std::string& object : hiding) {
    log::warning(
        "what jobs do to an object stays: its class keeps it inside object={} see=docs/reference/resident-php.md",
        quote(object));
  }
}

void drop_kept_state() {
  keep_declarations();
  worker().isolation.snapshot.drop();
  worker().isolation.baseline.drop();
  zval_ptr_dtor(&worker().isolation.server_variables);
  ZVAL_UNDEF(&worker().isolation.server_variables);
}

}  // namespace

void end_boot() {
  WorkerProcess& process = worker();
  process.isolation.boot_shutdown_functions = BG(user_shutdown_function_names);
  BG(user_shutdown_function_names) = nullptr;
  php_output_end_all();
  stop_modules();
  php_output_deactivate();
  keep_server_variables(&process.isolation.server_variables);
  deactivate_sapi();
  process.isolation.baseline.take();
  restore_state();
  keep_declarations();
  if (!process.isolation.isolates) return;
  collect_garbage();
  process.isolation.snapshot.take(process.isolation.persistent, process.isolation.persistent_objects);
  report_hiding(process);
}

bool forget_exit() {
  if (EG(exception) == nullptr || !zend_is_unwind_exit(EG(exception))) return false;
  if (CG(unclean_shutdown)) return false;  // a fatal error has thrown it
  OBJ_RELEASE(EG(exception));
  EG(exception) = nullptr;
  EG(exit_status) = 0;
  return true;
}

void begin_request(zval* job) {
  WorkerProcess& process = worker();
  const auto params = process.job.connection->params();
  clear_last_error();
  activate_output();
  SG(server_context) = &process;
  set_request_info(params);
  PG(html_errors) = zend_ini_long(const_cast<char*>("html_errors"), sizeof "html_errors" - 1, 0) != 0;
  process.job.response.start(process.job.connection, std::strcmp(SG(request_info).request_method, "HEAD") == 0);
  process.job.respond_headers = nullptr;
  process.job.throws_at_abort = false;
  process.job.refused_since.reset();
  process.job.prints_to_log = false;
  process.loop.phase = Phase::kRequest;
  start_timer();
  // What PHP complains of while it reads a request (too many fields, no boundary) is no business of the application's
  // error handler: elsewhere there is none yet.
  zval error_handler;
  ZVAL_COPY_VALUE(&error_handler, &EG(user_error_handler));
  ZVAL_UNDEF(&EG(user_error_handler));
  sapi_activate();
  SG(sapi_started) = true;
  set_laravel_start();
  if (PG(expose_php)) sapi_add_header(SAPI_PHP_VERSION_HEADER, sizeof(SAPI_PHP_VERSION_HEADER) - 1, true);
  start_output_buffers();
  fill_superglobals();
  start_modules();
  ZVAL_COPY_VALUE(&EG(user_error_handler), &error_handler);

  const char* events = find_param(params, "LARAMAN_EVENTS");
  make_request_job(job, events != nullptr && std::strcmp(events, "1") == 0);
}

namespace {

void begin_without_request(Phase phase) {
  clear_last_error();
  activate_output();
  SG(server_context) = nullptr;
  clear_request_info();
  worker().loop.phase = phase;
  PG(html_errors) = false;  // they go to the log
  start_timer();
  sapi_activate();
  SG(request_info).no_headers = true;
  start_modules();
}

}  // namespace

void begin_event() { begin_without_request(Phase::kEvent); }
void begin_callback() { begin_without_request(Phase::kCallback); }

void begin_warming() {
  WorkerProcess& process = worker();
  process.isolation.snapshot.list_others(process.isolation.persistent_objects);
  begin_without_request(Phase::kWarming);
}

void end_job() {
  WorkerProcess& process = worker();
  const bool is_request = process.loop.phase == Phase::kRequest;
  bool ok = run_shutdown_functions();
  leave_if_time_is_up();
  ok = attempt(php_output_end_all) && ok;
  ok = attempt(zend_unset_timeout) && ok;
  ok = attempt(stop_modules) && ok;
  ok = attempt(php_output_deactivate) && ok;  // sends the headers, if they have not been sent
  if (!ok) {
    // The script's frames and objects are not to be trusted any more: it restarts (run_script() in worker.cpp).
    if (is_request) process.job.response.end();
    zend_bailout();
  }
  const bool is_event = process.loop.phase == Phase::kEvent;
  if (process.job.exited) close_connection_of_message(process, "the handler has ended the script (exit)");
  print_job_line(process);
  if (is_event) process.links.finish_event();
  if (!process.isolation.snapshot.taken() && has_garbage()) {
    // What others wait for leaves before: an event's commands together with its acknowledgement, or it would be
    // answered and reported lost if this process were killed in between.
    process.links.main.flush();
    if (is_request) process.job.response.end();
    ok = attempt(collect_garbage);
  }
  if (is_request) {
    remove_uploads();
    process.links.main.flush();
    process.job.response.end();
  } else if (!is_event) {
    process.links.main.flush();
  }
  ok = attempt(deactivate_sapi) && ok;
  ok = attempt(restore_state) && ok;
  process.drops_output = true;
  if (is_request) process.loop.phase = Phase::kIdle;  // its client has its answer
  if (!attempt(restore_snapshot)) leave_broken(process, "fatal error while PHP's state was put back");
  if (process.isolation.snapshot.has_closed_resource()) {
    leave_broken(process, "the job has closed a stream that was opened while booting");
  }
  stop_clock();  // destructors are the job's, too
  process.loop.phase = Phase::kIdle;
  process.drops_output = false;
  if (is_request) process.job.response.finish();  // only now the gateway takes this worker for idle
  if (!ok) zend_bailout();
}

namespace {

// What there is now stays open and undestroyed in this process, whatever refers to it.
void keep_for_ever() {
  for_each_object([](zend_object* object) {
    GC_ADDREF(object);
    GC_ADD_FLAGS(object, IS_OBJ_DESTRUCTOR_CALLED);
  });
  void* p;
  ZEND_HASH_FOREACH_PTR(&EG(regular_list), p) { GC_ADDREF(static_cast<zend_resource*>(p)); }
  ZEND_HASH_FOREACH_END();
}

// Not written: that is for the job that has begun it.
void abandon_session() {
  zval function;
  zval result;
  ZVAL_STRING(&function, "session_abort");
  if (zend_is_callable(&function, 0, nullptr)) {
    call_user_function(nullptr, nullptr, &function, &result, 0, nullptr);
    zval_ptr_dtor(&result);
  }
  zval_ptr_dtor(&function);
  zend_clear_exception();
}

}  // namespace

void begin_task() {
  WorkerProcess& process = worker();
  process.loop.in_transition = true;
  process.drops_output = true;
  process.loop.phase = Phase::kIdle;
  process.job.exited = false;
  keep_for_ever();
  abandon_session();
  stop_modules();
  php_free_shutdown_functions();
  php_output_deactivate();
  SG(server_context) = nullptr;
  SG(request_info).request_body = nullptr;
  SG(rfc1867_uploaded_files) = nullptr;  // the other job's files
  deactivate_sapi();
  restore_state();
  restore_snapshot();
  // Random numbers are not to be those of the worker.
  RANDOM_G(mt19937_seeded) = false;
  RANDOM_G(combined_lcg_seeded) = false;
  process.drops_output = false;
  begin_callback();
  process.loop.in_transition = false;
}

void end_task() {
  WorkerProcess& process = worker();
  process.loop.in_transition = true;
  run_shutdown_functions();
  attempt(php_output_end_all);
  attempt(stop_modules);
  attempt(php_output_deactivate);
  process.drops_output = true;
  attempt(restore_snapshot);
}

void begin_leaving() {
  begin_event();
  zend_unset_timeout();
  stop_clock();
  worker().links.gateways.close();  // task sockets stay to the end, for what is said last
  worker().loop.phase = Phase::kLeaving;
}

void end_script(bool fatal) {
  WorkerProcess& process = worker();
  process.loop.in_transition = true;  // no job begins in a shutdown function
  prepend_shutdown_functions(process.isolation.boot_shutdown_functions);
  process.isolation.boot_shutdown_functions = nullptr;
  attempt(drop_kept_state);
  attempt([] { worker().watchers.clear(); });
  if (fatal) process.job.print_to_client();  // an error page may follow
  if (fatal && process.loop.phase == Phase::kRequest && !SG(headers_sent) &&
      SG(sapi_headers).http_response_code == 200) {
    SG(sapi_headers).http_response_code = 500;
  }
  // Reporting the error needs some memory for it, also when the error was that there is none left.
  if (fatal && PG(memory_limit) > 0 && PG(memory_limit) < ZEND_LONG_MAX - kFatalErrorReserve) {
    zend_set_memory_limit(static_cast<std::size_t>(PG(memory_limit) + kFatalErrorReserve));
  }
  // Pages that report the error (Laravel's, in a shutdown function) are for a client; without one they are dropped,
  // since the error itself is in the log.
  process.drops_output = fatal && process.loop.phase != Phase::kRequest;
  php_request_shutdown(nullptr);
  process.drops_output = false;
  if (process.job.response.active()) process.job.response.end();
  print_job_line(process);
  std::memset(&SG(request_info), 0, sizeof SG(request_info));
}

void define_standard_streams() {
  struct Stream {
    const char* constant;
    const char* url;
    const char* mode;
  };
  for (const auto& [constant, url, mode] :
       {Stream{"STDIN", "php://stdin", "rb"}, Stream{"STDOUT", "php://stdout", "wb"},
        Stream{"STDERR", "php://stderr", "wb"}}) {
    php_stream* stream = php_stream_open_wrapper_ex(const_cast<char*>(url), mode, 0, nullptr, nullptr);
    if (stream == nullptr) continue;
    zend_constant entry;
    php_stream_to_zval(stream, &entry.value);
    ZEND_CONSTANT_SET_FLAGS(&entry, CONST_CS, 0);
    entry.name = zend_string_init(constant, std::strlen(constant), false);
    zend_register_constant(&entry);
  }
}

}  // namespace laraman::php
