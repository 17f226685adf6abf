// Objects that a job has left behind because they refer to each other: PHP's garbage collector would find them some
// time, on its way through all objects that they refer to. With a snapshot it is known which objects are to stay, so
// looking at the others is enough, after each job.
//
// An object stays if something else than such an object refers to it: a stream wrapper, an autoloader, an extension, an
// object that is not restored.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "php/engine.h"

namespace laraman::php {

class Leftovers {
 public:
  // From now on these objects stay, and so do the others that there are now. `known` has the arrays and references that
  // only refer to the former; it outlives this.
  void begin(const std::vector<zend_object*>& objects, const std::unordered_set<const void*>& known);

  // Whether freeing what has come since may run code of the application: there is an object with a destructor.
  bool may_run_code() const;

  // The objects that nothing but `owners` refers to, and what these objects refer to; without the owners themselves.
  // Call it before begin().
  std::vector<zend_object*> owned_by(const std::vector<zend_object*>& owners);

  // Calls the destructors of what is left behind, once for each object. Returns whether there were any: then the state
  // is to be restored once more, and this to be called again.
  bool destruct();
  // Frees it.
  void free();

 private:
  struct Node {
    zend_refcounted* counted;
    std::uint32_t inner;  // references from other nodes
    bool stays;           // something else refers to it
  };

  // Calls `action` with each object that is not kept until it returns true, which is returned then.
  template <typename Action>
  bool any_other(const Action& action) const;
  bool find();
  void find_staying(std::size_t first);
  bool is_known(const zend_object* object) const;
  void visit_children(std::size_t node, void (Leftovers::*visit)(zval&));
  void count_reference(zval& value);
  void mark(zval& value);
  std::size_t add_node(zend_refcounted* counted);

  std::vector<const zend_object*> kept_;                    // by handle
  std::vector<const zend_object*> others_;                  // there when it began, by handle; they may go
  std::vector<std::uint32_t> open_;                         // handles below kept_.size() that no kept object has
  const std::unordered_set<const void*>* known_ = nullptr;  // none before begin()
  std::vector<Node> nodes_;
  std::unordered_map<const void*, std::size_t> index_;
  std::vector<std::size_t> pending_;
  std::vector<zend_object*> garbage_;
};

}  // namespace laraman::php
