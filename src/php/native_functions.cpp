#include "php/native_functions.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "php/serve.h"
#include "php/session_watch.h"
#include "php/task.h"
#include "php/time_limit.h"
#include "php/worker.h"

namespace laraman::php {

// clang-format off
#include "php/native_arginfo.h"
// clang-format on

namespace {

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

// Apart, so that no object of its own is in a frame that PHP may jump over.
void isolate_but(HashTable* names) {
  WorkerProcess& process = php::worker();
  process.isolation.isolates = true;
  process.isolation.persistent.clear();
  if (names == nullptr) return;
  zval* name;
  ZEND_HASH_FOREACH_VAL(names, name) {
    if (Z_TYPE_P(name) == IS_STRING) process.isolation.persistent.emplace_back(view(Z_STR_P(name)));
  }
  ZEND_HASH_FOREACH_END();
}

// The objects that there are, by handle. Apart, as it fills a vector.
void list_objects(std::vector<const zend_object*>& objects) {
  objects.assign(EG(objects_store).top, nullptr);
  for_each_object([&objects](const zend_object* object) { objects[object->handle] = object; });
}

// Removes from the present objects those in `objects`, and keeps the new ones in `objects`.
void keep_new_objects(std::vector<const zend_object*>& objects) {
  std::vector<const zend_object*> now;
  list_objects(now);
  for (std::size_t handle = 0; handle < objects.size(); ++handle) {
    if (now[handle] == objects[handle]) now[handle] = nullptr;
  }
  objects = std::move(now);
}

}  // namespace

ZEND_FUNCTION(Laraman_Native_serve) {
  (void)return_value;  // null, as it is
  JobFunctions functions{};
  ZEND_PARSE_PARAMETERS_START(1, 3)
  Z_PARAM_FUNC(functions.handle.info, functions.handle.cache)
  Z_PARAM_OPTIONAL
  Z_PARAM_FUNC_OR_NULL(functions.settle.info, functions.settle.cache)
  Z_PARAM_FUNC_OR_NULL(functions.warm.info, functions.warm.cache)
  ZEND_PARSE_PARAMETERS_END();
  if (php::worker().loop.phase != Phase::kBooting || php::worker().loop.in_transition) {
    zend_throw_error(nullptr, "serve() is called once, and not in a job");
    RETURN_THROWS();
  }
  serve(functions);
}

ZEND_FUNCTION(Laraman_Native_watch) {
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

ZEND_FUNCTION(Laraman_Native_every) {
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

ZEND_FUNCTION(Laraman_Native_forget) {
  zend_long number;
  ZEND_PARSE_PARAMETERS_START(1, 1)
  Z_PARAM_LONG(number)
  ZEND_PARSE_PARAMETERS_END();
  RETURN_BOOL(php::worker().watchers.remove(number));
}

ZEND_FUNCTION(Laraman_Native_idle_workers) {
  ZEND_PARSE_PARAMETERS_NONE();
  array_init(return_value);
  add_idle_workers(return_value);
}

ZEND_FUNCTION(Laraman_Native_run_tasks) {
  zend_fcall_info function;
  zend_fcall_info_cache cache;
  HashTable* inputs;
  double seconds;
  ZEND_PARSE_PARAMETERS_START(3, 3)
  Z_PARAM_FUNC(function, cache)
  Z_PARAM_ARRAY_HT(inputs)
  Z_PARAM_DOUBLE(seconds)
  ZEND_PARSE_PARAMETERS_END();
  const Phase phase = php::worker().loop.phase;
  if (php::worker().loop.in_transition ||
      (phase != Phase::kRequest && phase != Phase::kEvent && phase != Phase::kCallback)) {
    zend_throw_error(nullptr, "run_tasks() is called within a job");
    RETURN_THROWS();
  }
  run_tasks(function, cache, inputs, seconds, return_value);
}

ZEND_FUNCTION(Laraman_Native_debug) {
  (void)return_value;  // null, as it is
  bool on;
  ZEND_PARSE_PARAMETERS_START(1, 1)
  Z_PARAM_BOOL(on)
  ZEND_PARSE_PARAMETERS_END();
  php::worker().is_debugging = on;
}

ZEND_FUNCTION(Laraman_Native_persist) {
  (void)return_value;  // null, as it is
  zend_fcall_info create;
  zend_fcall_info_cache cache;
  ZEND_PARSE_PARAMETERS_START(1, 1)
  Z_PARAM_FUNC(create, cache)
  ZEND_PARSE_PARAMETERS_END();
  WorkerProcess& process = php::worker();
  if (process.loop.phase != Phase::kBooting) {
    zend_throw_error(nullptr, "persist() is called before the first job");
    RETURN_THROWS();
  }
  list_objects(process.isolation.persistent_objects);
  zval result;
  create.retval = &result;
  zend_call_function(&create, &cache);
  zval_ptr_dtor(&result);
  keep_new_objects(process.isolation.persistent_objects);
}

ZEND_FUNCTION(Laraman_Native_isolate) {
  (void)return_value;  // null, as it is
  HashTable* persistent = nullptr;
  ZEND_PARSE_PARAMETERS_START(0, 1)
  Z_PARAM_OPTIONAL
  Z_PARAM_ARRAY_HT(persistent)
  ZEND_PARSE_PARAMETERS_END();
  if (php::worker().loop.phase != Phase::kBooting) {
    zend_throw_error(nullptr, "isolate() is called before the first job");
    RETURN_THROWS();
  }
  isolate_but(persistent);
}

ZEND_FUNCTION(Laraman_Native_warm) {
  (void)return_value;  // null, as it is
  zend_long learned;
  ZEND_PARSE_PARAMETERS_START(1, 1)
  Z_PARAM_LONG(learned)
  ZEND_PARSE_PARAMETERS_END();
  php::worker().isolation.warms = php::worker().isolation.snapshot.taken();
  php::worker().options.slot->learned.store(static_cast<std::uint32_t>(learned), std::memory_order_relaxed);
}

ZEND_FUNCTION(Laraman_Native_open_session) {
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

ZEND_FUNCTION(Laraman_Native_is_session_changed) {
  zend_object* session;
  ZEND_PARSE_PARAMETERS_START(1, 1)
  Z_PARAM_OBJ(session)
  ZEND_PARSE_PARAMETERS_END();
  RETURN_BOOL(is_session_changed(session));
}

ZEND_FUNCTION(Laraman_Native_is_session_free) {
  zend_object* session;
  ZEND_PARSE_PARAMETERS_START(1, 1)
  Z_PARAM_OBJ(session)
  ZEND_PARSE_PARAMETERS_END();
  constexpr uint32_t kOfCaller = 2;  // its variable, and the argument
  RETURN_BOOL(GC_REFCOUNT(session) <= kOfCaller && !is_session_changed(session) && is_session_quiet(session));
}

ZEND_FUNCTION(Laraman_Native_worker) {
  ZEND_PARSE_PARAMETERS_NONE();
  const WorkerProcess& process = php::worker();
  array_init(return_value);
  add_assoc_long(return_value, "slot", static_cast<zend_long>(process.options.slot_number));
  add_assoc_long(return_value, "pid", static_cast<zend_long>(::getpid()));
  add_assoc_string(return_value, "version", LARAMAN_VERSION);
}

const zend_function_entry* const kNativeFunctions = ext_functions;

}  // namespace laraman::php
