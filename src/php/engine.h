// PHP's own headers, as C++ needs them, and what is said once about calling into the engine:
//
// zend_bailout() is a longjmp. It can happen in every engine function that allocates or runs PHP code, and it jumps to
// the innermost zend_try over all frames between. So a frame that calls such a function holds no object with a
// destructor: everything that must survive or be freed lives in WorkerProcess, whose lifetime is the process's.
#pragma once

#include <Zend/zend_smart_str.h>
#include <main/SAPI.h>
#include <main/php.h>
#include <main/php_ini.h>
#include <main/php_main.h>
#include <main/php_output.h>
#include <main/php_variables.h>

#include <Zend/zend_exceptions.h>
#include <Zend/zend_ini.h>
#include <Zend/zend_interfaces.h>
#include <Zend/zend_signal.h>
#if PHP_VERSION_ID >= 80400
#include <Zend/zend_lazy_objects.h>
#endif

extern "C" {
#include <ext/random/php_random.h>
#include <ext/standard/basic_functions.h>
#include <ext/standard/file.h>
#include <ext/standard/head.h>  // has no BEGIN_EXTERN_C of its own
#include <ext/standard/php_filestat.h>
}
#include <ext/spl/spl_exceptions.h>

#include <cstdint>
#include <string_view>
#include <utility>

namespace laraman::php {

// A zend_string for `text`, one character and empty strings without an allocation.
inline zend_string* make_string(std::string_view text) {
  if (text.empty()) return ZSTR_EMPTY_ALLOC();
  if (text.size() == 1) return ZSTR_CHAR(static_cast<zend_uchar>(text[0]));
  return zend_string_init(text.data(), text.size(), false);
}

// Puts `handler` in the place of an internal function of `functions` (its name in lower case), whose handler it
// returns; null where there is none.
inline zif_handler wrap_function(HashTable* functions, std::string_view name, zif_handler handler) {
  auto* function = static_cast<zend_function*>(zend_hash_str_find_ptr(functions, name.data(), name.size()));
  if (function == nullptr || function->type != ZEND_INTERNAL_FUNCTION) return nullptr;
  return std::exchange(function->internal_function.handler, handler);
}

// An extension; null if PHP does not have it.
inline const zend_module_entry* find_module(std::string_view name) {
  return static_cast<const zend_module_entry*>(zend_hash_str_find_ptr(&module_registry, name.data(), name.size()));
}

// What an extension does at the beginning and at the end of a request. Nothing for null.
inline void begin_request_of(const zend_module_entry* module) {
  if (module == nullptr || module->request_startup_func == nullptr) return;
  module->request_startup_func(module->type, module->module_number);
}
inline void end_request_of(const zend_module_entry* module) {
  if (module == nullptr || module->request_shutdown_func == nullptr) return;
  module->request_shutdown_func(module->type, module->module_number);
}

// Calls `action` with each object that there is.
template <typename Action>
void for_each_object(const Action& action) {
  const zend_objects_store& store = EG(objects_store);
  for (std::uint32_t handle = 1; handle < store.top; ++handle) {
    zend_object* object = store.object_buckets[handle];
    if (IS_OBJ_VALID(object) && (OBJ_FLAGS(object) & IS_OBJ_FREE_CALLED) == 0) action(object);
  }
}

// Whether the initial value of a static variable, a place in `variables`, is computed when the function first runs (PHP
// 8.3). Once it has been, PHP takes what is there for a reference.
inline bool is_computed(const zend_op_array* function, const HashTable* variables, const zval* variable) {
#if PHP_VERSION_ID >= 80300
  const auto offset = reinterpret_cast<const char*>(variable) - reinterpret_cast<const char*>(variables->arData);
  for (std::uint32_t i = 0; i < function->last; ++i) {
    const zend_op& op = function->opcodes[i];
    if (op.opcode == ZEND_BIND_INIT_STATIC_OR_JMP && op.extended_value == static_cast<std::uint32_t>(offset))
      return true;
  }
#else
  static_cast<void>(function);
  static_cast<void>(variables);
  static_cast<void>(variable);
#endif
  return false;
}

// Calls `action` with each function that the hooks of a property have, and static variables of its own.
template <typename Action>
void for_each_hook(const zend_property_info* property, const Action& action) {
#if PHP_VERSION_ID >= 80400
  if (property->hooks == nullptr) return;
  for (int kind = 0; kind < ZEND_PROPERTY_HOOK_COUNT; ++kind) {
    if (property->hooks[kind] != nullptr) action(property->hooks[kind]);
  }
#else
  static_cast<void>(property);
  static_cast<void>(action);
#endif
}

#if PHP_VERSION_ID >= 80400
inline void rebuild_object_properties(zend_object* object) { rebuild_object_properties_internal(object); }

// What PHP keeps of a lazy object, in EG(lazy_objects_store) by the object's handle. PHP has this structure in
// Zend/zend_lazy_objects.c, the same in 8.4 and 8.5.
struct LazyObjectInfo {
  union {
    struct {
      zend_fcall_info_cache fcc;
      zval zv;
    } initializer;
    zend_object* instance;  // of a proxy that is filled: ZEND_LAZY_OBJECT_INITIALIZED
  } u;
  zend_lazy_object_flags_t flags;
  int lazy_properties_count;
};
#else
struct LazyObjectInfo {};
#endif

inline std::string_view view(const zend_string* text) { return {ZSTR_VAL(text), ZSTR_LEN(text)}; }

}  // namespace laraman::php
