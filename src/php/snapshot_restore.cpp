// Snapshot: bringing the state back after a job.
#include <cstring>
#include <string_view>

#include "php/snapshot.h"
#include "php/snapshot_places.h"

namespace laraman::php {
namespace {

// A destructor may change what has been restored; one that does so again and again is not followed for ever.
constexpr int kMaxPasses = 4;

// A whole zval, of which each bit counts. Most ranges are of one or two, for which memcmp() takes more time than its
// comparison.
using ZvalBits = std::uint64_t __attribute__((vector_size(sizeof(zval))));

ZvalBits bits_of(const zval& value) {
  ZvalBits bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

bool is_unchanged(const zval* places, const zval* values, std::uint32_t count) {
  ZvalBits difference{};
  for (std::uint32_t i = 0; i < count; ++i) difference |= bits_of(places[i]) ^ bits_of(values[i]);
  return (difference[0] | difference[1]) == 0;
}

bool is_same(const zval& a, const zval& b) {
  return Z_TYPE_INFO(a) == Z_TYPE_INFO(b) && (Z_TYPE(a) < IS_LONG || Z_LVAL(a) == Z_LVAL(b));
}

// Whether there is a stream whose end is code of the application: a wrapper or a filter.
bool has_user_stream() {
  void* p;
  ZEND_HASH_FOREACH_PTR(&EG(regular_list), p) {
    const auto* resource = static_cast<const zend_resource*>(p);
    if (resource->type != php_file_le_stream()) continue;
    const auto* stream = static_cast<const php_stream*>(resource->ptr);
    const bool is_filtered = stream->readfilters.head != nullptr || stream->writefilters.head != nullptr;
    if (is_filtered || std::string_view(stream->ops->label).starts_with("user-space")) return true;
  }
  ZEND_HASH_FOREACH_END();
  return false;
}

zval* global(zend_string* name) {
  zval* value = zend_hash_find_known_hash(&EG(symbol_table), name);
  if (value != nullptr && Z_TYPE_P(value) == IS_INDIRECT) value = Z_INDIRECT_P(value);
  return value;
}

}  // namespace

void Snapshot::restore() {
  if (!taken_) return;
  if (zend_hash_num_elements(EG(class_table)) != classes_) add_classes();
  if (zend_hash_num_elements(EG(function_table)) != functions_) add_functions();
  // What runs code while it is freed may change what has been restored.
  const bool may_run_code = leftovers_.may_run_code() || has_user_stream();
  for (int pass = 0; pass < kMaxPasses; ++pass) {
    restore_places();
    const bool hid_changes = hidden_.restore();
    free_old_values();
    if (!may_run_code && !hid_changes) break;
    if (!changed_ && !leftovers_.destruct()) break;
    if (CG(unclean_shutdown)) return;  // a destructor has failed fatally
  }
  leftovers_.free();
}

void Snapshot::restore_places() {
  changed_ = lazy_.restore(old_);
  add_started_functions();
  for (Range& range : ranges_) {
    if (!is_unchanged(range.first, &values_[range.value], range.count)) restore_range(range);
  }
  restore_references();
  restore_dynamic_properties();
  restore_globals();
}

void Snapshot::restore_range(Range& range) {
  for (std::uint32_t i = 0; i < range.count; ++i) {
    zval& value = values_[range.value + i];
    zval& place = range.first[i];
    if (is_same(place, value)) {
      place.u2 = value.u2;
      continue;
    }
    if (Z_TYPE(value) == IS_CONSTANT_AST &&
        range.types != nullptr) {  // the class had not been used yet; its constants stay evaluated
      zend_class_entry* scope = range.types[i] != nullptr ? range.types[i]->ce : nullptr;
      if (zval_update_constant_ex(&value, scope) != SUCCESS) {
        zend_clear_exception();
        zval_ptr_dtor(&value);
        ZVAL_COPY(&value, &place);
      }
      if (is_same(place, value)) continue;
    }
    put_back(&place, value, range.types != nullptr ? typed(range.types[i]) : nullptr);
    place.u2 = value.u2;
  }
}

void Snapshot::restore_references() {
  for (const Reference& reference : references_) {
    if (!is_same(reference.reference->val, reference.value)) {
      put_back(&reference.reference->val, reference.value, nullptr);
    }
  }
}

void Snapshot::restore_dynamic_properties() {
  for (const Dynamic& dynamic : dynamic_) {
    HashTable* now = dynamic.object->properties;
    bool same = now != nullptr;
    if (same) {
      std::size_t i = 0;
      zend_ulong index;
      zend_string* key;
      zval* value;
      ZEND_HASH_FOREACH_KEY_VAL(now, index, key, value) {
        if (Z_TYPE_P(value) == IS_INDIRECT) continue;
        if (i == dynamic.entries.size()) {
          same = false;
          break;
        }
        const Entry& entry = dynamic.entries[i++];
        const bool same_key = key != nullptr ? entry.key != nullptr && zend_string_equals(key, entry.key)
                                             : entry.key == nullptr && index == entry.index;
        same = same && same_key && is_same(*value, entry.value);
      }
      ZEND_HASH_FOREACH_END();
      same = same && i == dynamic.entries.size();
    }
    if (same) continue;
    changed_ = true;
    if (now != nullptr) throw_away(now);
    dynamic.object->properties = nullptr;
    rebuild_object_properties(dynamic.object);
    for (const Entry& entry : dynamic.entries) {
      zval value;
      ZVAL_COPY(&value, &entry.value);
      if (entry.key != nullptr) {
        zend_hash_update(dynamic.object->properties, entry.key, &value);
      } else {
        zend_hash_index_update(dynamic.object->properties, entry.index, &value);
      }
    }
  }
  // Of the others PHP has made a table to look at all properties, or a job has added one.
  for (zend_object* object : undynamic_) {
    HashTable* table = object->properties;
    if (table == nullptr) continue;
    object->properties = nullptr;
    throw_away(table);
  }
}

// Functions that a job has used for the first time. Their variables stay where they are, with the initial values: a
// first-class callable refers to them and holds no reference.
void Snapshot::add_started_functions() {
  std::erase_if(unstarted_, [this](const zend_op_array* function) {
    HashTable* variables = static_variables(function);
    if (variables == nullptr) return false;
    zend_string* name;
    zval* variable;
    ZEND_HASH_FOREACH_STR_KEY_VAL(variables, name, variable) {
      add_range(variable, 1, nullptr, zend_hash_find(function->static_variables, name));
    }
    ZEND_HASH_FOREACH_END();
    return true;
  });
}

void Snapshot::restore_globals() {
  for (const Entry& entry : globals_) {
    zval* place = global(entry.key);
    if (place == nullptr) {
      zval value;
      ZVAL_COPY(&value, &entry.value);
      zend_hash_update(&EG(symbol_table), entry.key, &value);
      changed_ = true;
    } else if (!is_same(*place, entry.value)) {
      put_back(place, entry.value, nullptr);
    }
  }
  zend_string* name;
  zval* value;
  ZEND_HASH_FOREACH_STR_KEY_VAL(&EG(symbol_table), name, value) {
    if (name == nullptr || is_superglobal(name) || is_known_global(name)) continue;
    if (Z_TYPE_P(value) == IS_INDIRECT && Z_TYPE_P(Z_INDIRECT_P(value)) == IS_UNDEF) continue;
    changed_ = true;
    if (Z_TYPE_P(value) == IS_INDIRECT) {
      throw_away(*Z_INDIRECT_P(value));
      ZVAL_UNDEF(Z_INDIRECT_P(value));
      continue;
    }
    throw_away(*value);
    ZVAL_NULL(value);
    zend_hash_del(&EG(symbol_table), name);
  }
  ZEND_HASH_FOREACH_END();
}

bool Snapshot::is_known_global(const zend_string* name) const {
  return std::any_of(globals_.begin(), globals_.end(),
                     [name](const Entry& entry) { return zend_string_equals(entry.key, name); });
}

void Snapshot::put_back(zval* place, const zval& value, const zend_property_info* type) {
  const zval old = *place;
  auto* source = const_cast<zend_property_info*>(type);
  if (source != nullptr && Z_ISREF(old)) ZEND_REF_DEL_TYPE_SOURCE(Z_REF(old), source);
  ZVAL_COPY(place, &value);
  if (source != nullptr && Z_ISREF_P(place)) ZEND_REF_ADD_TYPE_SOURCE(Z_REF_P(place), source);
  throw_away(old);
  changed_ = true;
}

void Snapshot::throw_away(const zval& value) {
  if (Z_REFCOUNTED(value)) old_.push_back(value);
}

void Snapshot::throw_away(HashTable* table) {
  zval value;
  ZVAL_ARR(&value, table);
  if ((GC_FLAGS(table) & IS_ARRAY_IMMUTABLE) == 0) throw_away(value);
}

// Only when all is restored: destructors run.
void Snapshot::free_old_values() {
  while (!old_.empty()) {
    zval old = old_.back();
    old_.pop_back();
    zval_ptr_dtor(&old);
    if (EG(exception) != nullptr) zend_exception_error(EG(exception), E_WARNING);
  }
}

}  // namespace laraman::php
