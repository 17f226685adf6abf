#include "php/handler_stack.h"

#include <algorithm>

namespace laraman::php {
namespace {

bool same_counted(const zval& a, const zval& b) {
  return Z_TYPE(a) == Z_TYPE(b) && (!Z_REFCOUNTED(a) || Z_COUNTED(a) == Z_COUNTED(b));
}

const zval* elements(const zend_stack& stack) { return static_cast<const zval*>(stack.elements); }

}  // namespace

void HandlerStack::take(const zval& current, const zend_stack& stack) {
  ZVAL_COPY(&current_, &current);
  replaced_.assign(elements(stack), elements(stack) + stack.top);
  for (zval& handler : replaced_) Z_TRY_ADDREF(handler);
}

bool HandlerStack::is_unchanged(const zval& current, const zend_stack& stack) const {
  return same_counted(current_, current) &&
         std::equal(replaced_.begin(), replaced_.end(), elements(stack), elements(stack) + stack.top, same_counted);
}

void HandlerStack::restore(zval& current, zend_stack& stack) const {
  zval_ptr_dtor(&current);
  ZVAL_COPY(&current, &current_);
  zend_stack_clean(&stack, reinterpret_cast<void (*)(void*)>(ZVAL_PTR_DTOR), true);
  for (const zval& handler : replaced_) {
    zval copy;
    ZVAL_COPY(&copy, &handler);
    zend_stack_push(&stack, &copy);
  }
}

void HandlerStack::drop() {
  zval_ptr_dtor(&current_);
  ZVAL_UNDEF(&current_);
  for (zval& handler : replaced_) zval_ptr_dtor(&handler);
  replaced_.clear();
}

}  // namespace laraman::php
