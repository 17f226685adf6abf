// PHP's state, remembered once and put back after each job: the properties of every object, static properties, static
// variables of functions and closures, globals, and what the containers of PHP's extensions hold. What a job has
// created beside that is freed. So a job finds PHP as it was when booting ended, as it would under php-fpm.
//
// How: the snapshot keeps a copy of each place (a zval). A string or array in it has a reference more, so PHP copies
// it before it writes to it, and a place that differs from its copy has been changed. Restoring is a comparison of a
// few thousand places.
//
// Everything here may run PHP code or bail out: call within zend_try (engine.h). What is to be freed lives in the
// object.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "php/engine.h"
#include "php/hidden_state.h"
#include "php/lazy_objects.h"
#include "php/leftovers.h"

namespace laraman::php {

class Snapshot {
 public:
  // Remembers the state as it is now. Not while there is a job. What jobs do to `persistent` properties
  // ("Class::$name", static ones too) stays; so does what they do to static properties, and to objects of classes, that
  // have the attribute Laraman\Persist, and to `objects` (by handle). An object that only such objects refer to is one
  // itself.
  void take(std::vector<std::string> persistent, const std::vector<const zend_object*>& objects);
  bool taken() const { return taken_; }
  // Brings it back, and frees what came since. Nothing without take(). The output of destructors goes where the caller
  // sends it; their exceptions are logged.
  void restore();
  // The objects whose class keeps something that cannot be brought back, each as "Class in Holder::$property".
  std::vector<std::string> hiding() const;
  // Whether a job has closed a stream, or another resource, that was open when this was taken: it cannot be brought
  // back.
  bool has_closed_resource() const;
  // The objects that there are beside those of the snapshot, by handle: between two jobs, those that live on.
  void list_others(std::vector<const zend_object*>& others) const;
  // Forgets it; before php_request_shutdown().
  void drop();

 private:
  // Places in a row: an object's properties, a class's static properties, one static variable.
  struct Range {
    zval* first;
    std::uint32_t count;
    std::uint32_t value;                     // index in values_ of the first one's copy
    const zend_property_info* const* types;  // of each; null if none has a type
  };
  struct Reference {
    zend_reference* reference;
    zval value;
  };
  struct Entry {
    zend_string* key;  // null: `index`
    zend_ulong index;
    zval value;
  };
  // Properties that the class does not declare.
  struct Dynamic {
    zend_object* object;
    std::vector<Entry> entries;
  };

  void choose_objects(const std::vector<const zend_object*>& persistent);
  void add_object(zend_object* object);
  bool add_dynamic_properties(zend_object* object);  // whether there are any
  void add_classes();
  void add_class(zend_class_entry* type, bool is_new);
  void add_static_properties(zend_class_entry* type, bool is_new);
  void add_functions();
  void add_function(zend_op_array* function, bool is_new);
  void add_globals();
  // Of an object or a class: all but the persistent ones.
  void add_properties(zval* first, std::uint32_t count, const zend_property_info* const* types, const zval* initial);
  bool is_persistent(const zend_property_info* info) const;
  // `initial`: the values to go back to; null: those that the places have now, references that nothing shares without
  // the reference if `unwraps`.
  void add_range(zval* first, std::uint32_t count, const zend_property_info* const* types, const zval* initial,
                 bool unwraps = true);
  void add_references(zval* value);
  void add_constants();
  void sort_by_address();

  void restore_places();
  void restore_range(Range& range);
  void restore_references();
  void restore_dynamic_properties();
  void add_started_functions();
  void restore_globals();
  bool is_known_global(const zend_string* name) const;
  std::string holder_of(const zend_object* object) const;
  void put_back(zval* place, const zval& value, const zend_property_info* type);
  void throw_away(const zval& value);
  void throw_away(HashTable* table);
  void free_old_values();

  bool taken_ = false;
  std::vector<std::string> persistent_;
  std::vector<zend_object*> objects_;
  std::vector<zval> values_;  // of ranges_
  std::vector<Range> ranges_;
  std::vector<Reference> references_;
  std::vector<Dynamic> dynamic_;
  std::vector<zend_object*> undynamic_;    // objects that have none
  std::vector<zend_op_array*> unstarted_;  // functions whose static variables had not been used at the last look
  std::vector<Entry> globals_;
  std::vector<zend_resource*> resources_;
  std::vector<std::vector<const zend_property_info*>> static_types_;  // what Range::types points to, for classes
  LazyObjects lazy_;
  HiddenState hidden_;
  std::vector<const zend_object*> hiding_;
  Leftovers leftovers_;

  std::unordered_set<const void*> seen_;  // classes, functions' static variables, arrays, references
  std::uint32_t classes_ = 0;             // elements of the class table that were looked at
  std::uint32_t functions_ = 0;
  bool changed_ = false;   // by this pass of restore()
  std::vector<zval> old_;  // replaced values, freed when all is restored
};

}  // namespace laraman::php
