#include "php/constants.h"

#include <Zend/zend_closures.h>

#include <cstring>
#include <vector>

namespace laraman::php {
namespace {

zif_handler define_constant = nullptr;
std::vector<zend_string*> defined;  // keys in PHP's table

// The key of a constant: the namespace in its name in lower case.
zend_string* key_of(const zend_string* name) {
  zend_string* key = zend_string_init(ZSTR_VAL(name), ZSTR_LEN(name), false);
  if (const std::size_t end = view(key).rfind('\\'); end != std::string_view::npos) {
    zend_str_tolower(ZSTR_VAL(key), end);
  }
  return key;
}

bool is_within_function(const zend_execute_data* caller) {
  return caller != nullptr && caller->func != nullptr && caller->func->common.function_name != nullptr;
}

ZEND_FUNCTION(define) {
  define_constant(INTERNAL_FUNCTION_PARAM_PASSTHRU);
  if (Z_TYPE_P(return_value) != IS_TRUE || !is_within_function(EX(prev_execute_data))) return;
  const zval* name = ZEND_CALL_ARG(execute_data, 1);
  if (Z_TYPE_P(name) == IS_STRING) defined.push_back(key_of(Z_STR_P(name)));
}

void clear_cache(const zend_op_array& function) {
  void* cache = RUN_TIME_CACHE(&function);
  if (cache != nullptr && function.cache_size > 0) std::memset(cache, 0, static_cast<std::size_t>(function.cache_size));
}

void clear_caches(HashTable* functions) {
  void* p;
  ZEND_HASH_FOREACH_PTR(functions, p) {
    const auto* function = static_cast<const zend_function*>(p);
    if (function->type == ZEND_USER_FUNCTION) clear_cache(function->op_array);
  }
  ZEND_HASH_FOREACH_END();
}

// Compiled code remembers where it has found a constant.
void clear_all_caches() {
  clear_caches(EG(function_table));
  void* p;
  ZEND_HASH_FOREACH_PTR(EG(class_table), p) {
    auto* type = static_cast<zend_class_entry*>(p);
    if (type->type == ZEND_USER_CLASS) clear_caches(&type->function_table);
  }
  ZEND_HASH_FOREACH_END();
  for_each_object([](zend_object* object) {
    if (object->ce != zend_ce_closure) return;
    const zend_function* function = zend_get_closure_method_def(object);
    if (function->type == ZEND_USER_FUNCTION) clear_cache(function->op_array);
  });
  for (zend_execute_data* frame = EG(current_execute_data); frame != nullptr; frame = frame->prev_execute_data) {
    if (frame->func == nullptr || frame->func->type != ZEND_USER_FUNCTION || frame->run_time_cache == nullptr) continue;
    std::memset(frame->run_time_cache, 0, static_cast<std::size_t>(frame->func->op_array.cache_size));
  }
}

}  // namespace

void watch_constants() { define_constant = wrap_function(CG(function_table), "define", ZEND_FN(define)); }

void remove_constants_of_job() {
  if (defined.empty()) return;
  for (zend_string* key : defined) {
    zend_hash_del(EG(zend_constants), key);
    zend_string_release(key);
  }
  defined.clear();
  clear_all_caches();
}

void keep_constants() {
  for (zend_string* key : defined) zend_string_release(key);
  defined.clear();
}

}  // namespace laraman::php
