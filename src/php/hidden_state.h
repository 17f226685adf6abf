// What objects of PHP's own classes keep beside their properties: the elements of ArrayObject and of SPL's containers,
// a WeakMap's entries, the time of a DateTime. It is read and put back by the classes' own methods.
#pragma once

#include <cstddef>
#include <vector>

#include "php/engine.h"

namespace laraman::php {

class HiddenState {
 public:
  // Remembers what `object` hides, if its class is one of those that can be restored. The object outlives this. False:
  // it hides something that cannot.
  bool add(zend_object* object);
  // Brings it all back, which may run PHP code. Returns whether something had changed.
  bool restore();
  void drop();

 private:
  struct Container;
  struct Kept {
    zend_object* object;
    const zend_class_entry* base;  // the class that hides something: the object's own or one that it extends
    const Container* container;
    zval state;
  };

  std::vector<Kept> kept_;
};

}  // namespace laraman::php
