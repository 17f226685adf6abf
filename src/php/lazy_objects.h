// Objects that PHP fills when they are first used: ReflectionClass::newLazyGhost() and newLazyProxy(), of PHP 8.4. Who
// fills one is not in the object, and PHP forgets it as soon as it is filled. So the snapshot keeps it: an object that
// a job has filled is lazy again for the next one. Of earlier versions of PHP there is nothing to keep.
//
// The properties of such objects are the snapshot's (snapshot.h).
#pragma once

#include <cstdint>
#include <vector>

#include "php/engine.h"

namespace laraman::php {

class LazyObjects {
 public:
  // An object of the snapshot. Kept if it is lazy.
  void add(zend_object* object);
  // Before the properties are restored. What is replaced is added to `old`, to be freed later. Whether anything was.
  bool restore(std::vector<zval>& old);
  void drop();

 private:
  struct Kept {
    zend_object* object;
    std::uint32_t flags;
    LazyObjectInfo info;
  };

  void undo_others(std::vector<zval>& old);

  std::vector<Kept> kept_;
};

}  // namespace laraman::php
