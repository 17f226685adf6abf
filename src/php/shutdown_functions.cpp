#include "php/shutdown_functions.h"

#include "php/job.h"
#include "php/worker.h"

namespace laraman::php {
namespace {

// Also those that they register; false if one calls exit. Not by PHP's own function: that one swallows a bailout, after
// which the script must not go on.
bool call_functions(HashTable* functions) {
  if (functions == nullptr) return true;
  HashPosition position;
  zend_hash_internal_pointer_reset_ex(functions, &position);
  while (void* p = zend_hash_get_current_data_ptr_ex(functions, &position)) {
    auto* entry = static_cast<php_shutdown_function_entry*>(p);
    zval result;
    ZVAL_UNDEF(&result);
    entry->fci.retval = &result;
    zend_call_function(&entry->fci, &entry->fci_cache);
    zval_ptr_dtor(&result);
    if (forget_exit()) return false;
    if (EG(exception) != nullptr) {  // uncaught, as at the end of a script
      zend_exception_error(EG(exception), E_ERROR);
      zend_bailout();
    }
    zend_hash_move_forward_ex(functions, &position);
  }
  return true;
}

}  // namespace

void call_shutdown_functions() {
  if (worker().job.exited && !call_functions(worker().isolation.boot_shutdown_functions)) return;
  call_functions(BG(user_shutdown_function_names));
}

void prepend_shutdown_functions(HashTable* functions) {
  if (functions == nullptr) return;
  if (BG(user_shutdown_function_names) == nullptr) {
    BG(user_shutdown_function_names) = functions;
    return;
  }
  // The boot's functions were registered first, so they run first.
  HashTable* later = BG(user_shutdown_function_names);
  void* p;
  ZEND_HASH_FOREACH_PTR(later, p) { zend_hash_next_index_insert_ptr(functions, p); }
  ZEND_HASH_FOREACH_END();
  later->pDestructor = nullptr;  // the entries have moved
  zend_hash_destroy(later);
  FREE_HASHTABLE(later);
  BG(user_shutdown_function_names) = functions;
}

}  // namespace laraman::php
