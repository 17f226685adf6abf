// HandlerStack: the handlers that set_error_handler() or set_exception_handler() was given: the present one, and those
// that it has replaced.
#pragma once

#include <vector>

#include "php/engine.h"

namespace laraman::php {

class HandlerStack {
 public:
  void take(const zval& current, const zend_stack& stack);
  bool is_unchanged(const zval& current, const zend_stack& stack) const;
  void restore(zval& current, zend_stack& stack) const;
  void drop();

 private:
  zval current_{};
  std::vector<zval> replaced_;
};

}  // namespace laraman::php
