#include "php/snapshot.h"

#include <Zend/zend_attributes.h>
#include <Zend/zend_closures.h>

#include <algorithm>
#include <string_view>

#include "php/snapshot_places.h"

namespace laraman::php {
namespace {

bool has_persist_attribute(HashTable* attributes) {
  constexpr std::string_view kName = "laraman\\persist";
  return attributes != nullptr && zend_get_attribute_str(attributes, kName.data(), kName.size()) != nullptr;
}

bool has_persistent_class(const zend_object* object) {
  for (const zend_class_entry* type = object->ce; type != nullptr && type->type == ZEND_USER_CLASS;
       type = type->parent) {
    if (has_persist_attribute(type->attributes)) return true;
  }
  return false;
}

// A reference that nothing shares is a value: PHP copies it so. The copy that the snapshot keeps would share it.
void unwrap(zval* place, const zend_property_info* type) {
  if (!Z_ISREF_P(place) || Z_REFCOUNT_P(place) != 1) return;
  if (type != nullptr) ZEND_REF_DEL_TYPE_SOURCE(Z_REF_P(place), const_cast<zend_property_info*>(type));
  ZVAL_UNREF(place);
}

bool holds(const zval& value, const zend_object* object) {
  if (Z_TYPE(value) == IS_OBJECT) return Z_OBJ(value) == object;
  if (Z_TYPE(value) != IS_ARRAY) return false;
  const zval* element;
  ZEND_HASH_FOREACH_VAL(Z_ARRVAL(value), element) {
    if (Z_TYPE_P(element) == IS_OBJECT && Z_OBJ_P(element) == object) return true;
  }
  ZEND_HASH_FOREACH_END();
  return false;
}

}  // namespace

// ---- taking

void Snapshot::take(std::vector<std::string> persistent, const std::vector<const zend_object*>& objects) {
  drop();
  persistent_ = std::move(persistent);
  choose_objects(objects);
  for (zend_object* object : objects_) {
    GC_ADDREF(object);
    GC_ADD_FLAGS(object, GC_NOT_COLLECTABLE);  // it is no garbage, whatever drops a reference to it
  }
  for (zend_object* object : objects_) {
    add_object(object);
    lazy_.add(object);
  }
  add_classes();
  add_functions();
  add_globals();
  add_constants();
  sort_by_address();
  for (zend_object* object : objects_) {
    if (!hidden_.add(object)) hiding_.push_back(object);
  }
  leftovers_.begin(objects_, seen_);
  taken_ = true;
}

// Restoring goes through memory once, from one end to the other.
void Snapshot::sort_by_address() {
  std::sort(ranges_.begin(), ranges_.end(), [](const Range& a, const Range& b) { return a.first < b.first; });
  std::vector<zval> sorted;
  sorted.reserve(values_.size());
  for (Range& range : ranges_) {
    const auto first = values_.begin() + range.value;
    range.value = static_cast<std::uint32_t>(sorted.size());
    sorted.insert(sorted.end(), first, first + range.count);
  }
  values_ = std::move(sorted);
  std::sort(undynamic_.begin(), undynamic_.end());
}

// All but the persistent ones and those that only these refer to.
void Snapshot::choose_objects(const std::vector<const zend_object*>& persistent) {
  std::vector<zend_object*> owners;
  for_each_object([&](zend_object* object) {
    const bool is_named = object->handle < persistent.size() && persistent[object->handle] == object;
    (is_named || has_persistent_class(object) ? owners : objects_).push_back(object);
  });
  if (owners.empty()) return;
  for (const zend_object* owned : leftovers_.owned_by(owners)) std::erase(objects_, owned);
}

void Snapshot::add_object(zend_object* object) {
  const zend_class_entry* type = object->ce;
  const auto count = static_cast<std::uint32_t>(type->default_properties_count);
  if (count > 0) add_properties(object->properties_table, count, type->properties_info_table, nullptr);
  if (type == zend_ce_closure) {
    const zend_function* function = zend_get_closure_method_def(object);
    if (function->type == ZEND_USER_FUNCTION) add_function(const_cast<zend_op_array*>(&function->op_array), false);
    return;  // it cannot have properties
  }
  if (object->handlers->get_properties != zend_std_get_properties) return;
  if (object->properties == nullptr || !add_dynamic_properties(object)) undynamic_.push_back(object);
}

bool Snapshot::add_dynamic_properties(zend_object* object) {
  Dynamic dynamic{object, {}};
  zend_ulong index;
  zend_string* key;
  zval* value;
  ZEND_HASH_FOREACH_KEY_VAL(object->properties, index, key, value) {
    if (Z_TYPE_P(value) == IS_INDIRECT) continue;  // declared
    unwrap(value, nullptr);
    Entry entry{key != nullptr ? zend_string_copy(key) : nullptr, index, {}};
    ZVAL_COPY(&entry.value, value);
    add_references(&entry.value);
    dynamic.entries.push_back(entry);
  }
  ZEND_HASH_FOREACH_END();
  if (dynamic.entries.empty()) {  // PHP makes the table again when it wants one
    zend_release_properties(object->properties);
    object->properties = nullptr;
    return false;
  }
  dynamic_.push_back(std::move(dynamic));
  return true;
}

// Also those that have come since they were last looked at.
void Snapshot::add_classes() {
  void* p;
  ZEND_HASH_FOREACH_PTR(EG(class_table), p) { add_class(static_cast<zend_class_entry*>(p), taken_); }
  ZEND_HASH_FOREACH_END();
  classes_ = zend_hash_num_elements(EG(class_table));
}

void Snapshot::add_class(zend_class_entry* type, bool is_new) {
  if (type->type != ZEND_USER_CLASS || (type->ce_flags & ZEND_ACC_LINKED) == 0) return;
  if (!seen_.insert(type).second) return;
  add_static_properties(type, is_new);
  void* p;
  ZEND_HASH_FOREACH_PTR(&type->function_table, p) {
    auto* function = static_cast<zend_function*>(p);
    if (function->type == ZEND_USER_FUNCTION) add_function(&function->op_array, is_new);
  }
  ZEND_HASH_FOREACH_END();
  ZEND_HASH_FOREACH_PTR(&type->properties_info, p) {
    for_each_hook(static_cast<const zend_property_info*>(p), [this, is_new](zend_function* hook) {
      if (hook->type == ZEND_USER_FUNCTION) add_function(&hook->op_array, is_new);
    });
  }
  ZEND_HASH_FOREACH_END();
}

// PHP remembers where a static property is, so its place stays the same from its first use to the end: it is made now.
void Snapshot::add_static_properties(zend_class_entry* type, bool is_new) {
  const auto count = static_cast<std::uint32_t>(type->default_static_members_count);
  if (count == 0) return;
  if (CE_STATIC_MEMBERS(type) == nullptr) zend_class_init_statics(type);
  std::vector<const zend_property_info*>& types = static_types_.emplace_back(count);
  void* p;
  ZEND_HASH_FOREACH_PTR(&type->properties_info, p) {
    const auto* info = static_cast<const zend_property_info*>(p);
    if ((info->flags & ZEND_ACC_STATIC) != 0) types[info->offset] = info;
  }
  ZEND_HASH_FOREACH_END();
  // A class that a job has loaded is for the next one as if it had just been loaded.
  add_properties(CE_STATIC_MEMBERS(type), count, types.data(), is_new ? type->default_static_members_table : nullptr);
}

void Snapshot::add_functions() {
  void* p;
  ZEND_HASH_FOREACH_PTR(EG(function_table), p) {
    auto* function = static_cast<zend_function*>(p);
    if (function->type == ZEND_USER_FUNCTION) add_function(&function->op_array, taken_);
  }
  ZEND_HASH_FOREACH_END();
  functions_ = zend_hash_num_elements(EG(function_table));
}

void Snapshot::add_function(zend_op_array* function, bool is_new) {
  if (function->static_variables == nullptr) return;
  if (!seen_.insert(function).second) return;  // a method that a class inherits
  HashTable* variables = static_variables(function);
  if (variables == nullptr || is_new) {
    unstarted_.push_back(function);
    return;
  }
  zval* value;
  ZEND_HASH_FOREACH_VAL(variables, value) {
    if (!is_computed(function, variables, value)) unwrap(value, nullptr);
    add_range(value, 1, nullptr, nullptr, false);
  }
  ZEND_HASH_FOREACH_END();
}

void Snapshot::add_globals() {
  zend_is_auto_global_str(ZEND_STRL("_ENV"));  // makes it: PHP does it once, when it compiles code that uses it
  zend_string* name;
  zval* value;
  ZEND_HASH_FOREACH_STR_KEY_VAL_IND(&EG(symbol_table), name, value) {
    if (name == nullptr || is_superglobal(name)) continue;
    unwrap(value, nullptr);
    Entry entry{zend_string_copy(name), 0, {}};
    ZVAL_COPY(&entry.value, value);
    add_references(value);
    globals_.push_back(entry);
  }
  ZEND_HASH_FOREACH_END();
}

// Of STDERR and its siblings.
void Snapshot::add_constants() {
  void* p;
  ZEND_HASH_FOREACH_PTR(EG(zend_constants), p) { add_references(&static_cast<zend_constant*>(p)->value); }
  ZEND_HASH_FOREACH_END();
}

void Snapshot::add_properties(zval* first, std::uint32_t count, const zend_property_info* const* types,
                              const zval* initial) {
  std::uint32_t begin = 0;
  for (std::uint32_t i = 0; i <= count; ++i) {
    if (i < count && (types == nullptr || types[i] == nullptr || !is_persistent(types[i]))) continue;
    if (i > begin) {
      add_range(first + begin, i - begin, types != nullptr ? types + begin : nullptr,
                initial != nullptr ? initial + begin : nullptr);
    }
    begin = i + 1;
  }
}

bool Snapshot::is_persistent(const zend_property_info* info) const {
  if ((info->flags & ZEND_ACC_STATIC) != 0 && has_persist_attribute(info->attributes)) return true;
  return std::any_of(persistent_.begin(), persistent_.end(), [info](std::string_view name) {
    const std::size_t colons = name.find("::$");
    const std::string_view type = view(info->ce->name);
    if (colons != type.size() || !name.starts_with(type)) return false;
    // That of a private or protected property begins with the class, or a star, between zeros.
    const std::string_view mangled = view(info->name);
    return mangled.substr(mangled.rfind('\0') + 1) == name.substr(colons + 3);
  });
}

void Snapshot::add_range(zval* first, std::uint32_t count, const zend_property_info* const* types, const zval* initial,
                         bool unwraps) {
  ranges_.push_back({first, count, static_cast<std::uint32_t>(values_.size()), types});
  for (std::uint32_t i = 0; i < count; ++i) {
    if (initial == nullptr && unwraps) unwrap(&first[i], types != nullptr ? typed(types[i]) : nullptr);
    values_.push_back(first[i]);  // with what PHP notes beside the value, for readonly properties
    zval& value = values_.back();
    if (initial != nullptr && Z_TYPE(initial[i]) != IS_INDIRECT && Z_TYPE(value) != IS_INDIRECT) {
      ZVAL_COPY_OR_DUP(&value, &initial[i]);
    } else {
      Z_TRY_ADDREF(value);
    }
    zval seen;  // values_ may grow
    ZVAL_COPY_VALUE(&seen, &value);
    add_references(&seen);
  }
}

// What a reference holds is a place of its own; there may be some in arrays.
void Snapshot::add_references(zval* value) {
  if (Z_TYPE_P(value) == IS_REFERENCE) {
    zend_reference* reference = Z_REF_P(value);
    if (!seen_.insert(reference).second) return;
    GC_ADDREF(reference);
    Reference kept{reference, {}};
    ZVAL_COPY(&kept.value, &reference->val);
    references_.push_back(kept);
    add_references(&reference->val);
    return;
  }
  if (Z_TYPE_P(value) == IS_RESOURCE && seen_.insert(Z_RES_P(value)).second) {
    GC_ADDREF(Z_RES_P(value));
    resources_.push_back(Z_RES_P(value));
    return;
  }
  if (Z_TYPE_P(value) != IS_ARRAY || !Z_REFCOUNTED_P(value) || !seen_.insert(Z_COUNTED_P(value)).second) return;
  GC_ADD_FLAGS(Z_ARRVAL_P(value), GC_NOT_COLLECTABLE);
  zval* element;
  ZEND_HASH_FOREACH_VAL(Z_ARRVAL_P(value), element) {
    if (Z_TYPE_P(element) == IS_INDIRECT) continue;
    unwrap(element, nullptr);
    add_references(element);
  }
  ZEND_HASH_FOREACH_END();
}

std::vector<std::string> Snapshot::hiding() const {
  std::vector<std::string> found;
  for (const zend_object* object : hiding_) {
    std::string text(view(object->ce->name));
    const std::string holder = holder_of(object);
    if (!holder.empty()) text.append(" in ").append(holder);
    if (std::find(found.begin(), found.end(), text) == found.end()) found.push_back(std::move(text));
  }
  return found;
}

// The first property that has it, itself or in an array; empty: a variable has it.
std::string Snapshot::holder_of(const zend_object* object) const {
  for (const Range& range : ranges_) {
    for (std::uint32_t i = 0; range.types != nullptr && i < range.count; ++i) {
      const zend_property_info* property = range.types[i];
      if (property == nullptr || !holds(values_[range.value + i], object)) continue;
      const std::string_view mangled = view(property->name);
      std::string text(view(property->ce->name));
      return text.append("::$").append(mangled.substr(mangled.rfind('\0') + 1));
    }
  }
  return {};
}

bool Snapshot::has_closed_resource() const {
  return std::any_of(resources_.begin(), resources_.end(), [](const zend_resource* one) { return one->type < 0; });
}

void Snapshot::list_others(std::vector<const zend_object*>& others) const {
  others.assign(EG(objects_store).top, nullptr);
  for_each_object([&others](const zend_object* object) { others[object->handle] = object; });
  for (const zend_object* object : objects_) others[object->handle] = nullptr;
}

void Snapshot::drop() {
  taken_ = false;
  lazy_.drop();
  hidden_.drop();
  free_old_values();
  for (zval& value : values_) zval_ptr_dtor(&value);
  for (Reference& reference : references_) {
    zval_ptr_dtor(&reference.value);
    zval value;
    ZVAL_REF(&value, reference.reference);
    zval_ptr_dtor(&value);
  }
  const auto drop_entry = [](Entry& entry) {
    if (entry.key != nullptr) zend_string_release(entry.key);
    zval_ptr_dtor(&entry.value);
  };
  for (Dynamic& dynamic : dynamic_) std::for_each(dynamic.entries.begin(), dynamic.entries.end(), drop_entry);
  std::for_each(globals_.begin(), globals_.end(), drop_entry);
  for (zend_resource* resource : resources_) zend_list_delete(resource);
  resources_.clear();
  for (zend_object* object : objects_) {
    GC_DEL_FLAGS(object, GC_NOT_COLLECTABLE);
    OBJ_RELEASE(object);
  }
  values_.clear();
  ranges_.clear();
  references_.clear();
  dynamic_.clear();
  undynamic_.clear();
  globals_.clear();
  objects_.clear();
  hiding_.clear();
  unstarted_.clear();
  static_types_.clear();
  seen_.clear();
  leftovers_ = {};
}

}  // namespace laraman::php
