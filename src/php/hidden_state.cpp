#include "php/hidden_state.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>

namespace laraman::php {

// How the state of one class, and of those that extend it, is read and put back.
struct HiddenState::Container {
  std::string_view name;
  void (*read)(const zend_class_entry& base, zend_object* object, zval* state);
  // `now` and `then` are states that differ.
  void (*write)(const zend_class_entry& base, zend_object* object, zval* now, zval* then);
};

namespace {

// Calls the method of the class itself: one that extends it may have another.
void call(const zend_class_entry& base, std::string_view method, zend_object* object, zval* result,
          std::initializer_list<zval*> arguments = {}) {
  auto* function =
      static_cast<zend_function*>(zend_hash_str_find_ptr(&base.function_table, method.data(), method.size()));
  ZVAL_UNDEF(result);
  if (function == nullptr) return;
  std::array<zval, 2> values{};
  std::uint32_t count = 0;
  for (zval* argument : arguments) ZVAL_COPY_VALUE(&values[count++], argument);
  zend_call_known_function(function, object, object->ce, result, count, values.data(), nullptr);
  if (Z_TYPE_P(result) == IS_UNDEF) ZVAL_NULL(result);
}

void call(const zend_class_entry& base, std::string_view method, zend_object* object,
          std::initializer_list<zval*> arguments = {}) {
  zval result;
  call(base, method, object, &result, arguments);
  zval_ptr_dtor(&result);
}

// Element `index` of an array that a __serialize() gave.
zval* element(zval* state, zend_ulong index) {
  return Z_TYPE_P(state) == IS_ARRAY ? zend_hash_index_find(Z_ARRVAL_P(state), index) : nullptr;
}

template <typename Do>
void for_each(zval* list, const Do& action) {
  if (list == nullptr || Z_TYPE_P(list) != IS_ARRAY) return;
  zval* value;
  ZEND_HASH_FOREACH_VAL(Z_ARRVAL_P(list), value) { action(value); }
  ZEND_HASH_FOREACH_END();
}

void serialize(const zend_class_entry& base, zend_object* object, zval* state) {
  call(base, "__serialize", object, state);
}

// [flags, elements, properties, …]. The class writes to its elements even if they are shared: a state has its own.
void separate_elements(zval* state) {
  zval* elements = element(state, 1);
  if (elements == nullptr || Z_TYPE_P(elements) != IS_ARRAY) return;
  zval copy;
  ZVAL_ARR(&copy, zend_array_dup(Z_ARRVAL_P(elements)));
  zval_ptr_dtor(elements);
  ZVAL_COPY_VALUE(elements, &copy);
}

void read_array_object(const zend_class_entry& base, zend_object* object, zval* state) {
  serialize(base, object, state);
  separate_elements(state);
}

void write_array_object(const zend_class_entry& base, zend_object* object, zval*, zval* then) {
  zval state;
  ZVAL_ARR(&state, zend_array_dup(Z_ARRVAL_P(then)));
  separate_elements(&state);
  call(base, "__unserialize", object, {&state});
  zval_ptr_dtor(&state);
  // The fourth is the class of its iterators; __unserialize() takes null, the usual one, for no word about it.
  zval* iterators = element(then, 3);
  if (iterators == nullptr || Z_TYPE_P(iterators) != IS_NULL) return;
  zval usual;
  ZVAL_STRING(&usual, "ArrayIterator");
  call(base, "setiteratorclass", object, {&usual});
  zval_ptr_dtor(&usual);
}

void unserialize(const zend_class_entry& base, zend_object* object, zval*, zval* then) {
  call(base, "__unserialize", object, {then});
}

// [[object, data, object, data, …], properties]
void write_object_storage(const zend_class_entry& base, zend_object* object, zval* now, zval* then) {
  bool is_object = false;
  for_each(element(now, 0), [&](zval* value) {
    is_object = !is_object;
    if (is_object) call(base, "detach", object, {value});
  });
  zval* key = nullptr;
  for_each(element(then, 0), [&](zval* value) {
    if (key == nullptr) {
      key = value;
      return;
    }
    call(base, "attach", object, {key, value});
    key = nullptr;
  });
}

// [flags, elements, properties]
void write_list(const zend_class_entry& base, zend_object* object, zval* now, zval* then) {
  for_each(element(now, 1), [&](zval*) { call(base, "pop", object); });
  for_each(element(then, 1), [&](zval* value) { call(base, "push", object, {value}); });
}

void read_fixed_array(const zend_class_entry& base, zend_object* object, zval* state) {
  call(base, "toarray", object, state);
}

void write_fixed_array(const zend_class_entry& base, zend_object* object, zval*, zval* then) {
  zval index;
  ZVAL_LONG(&index, zend_hash_num_elements(Z_ARRVAL_P(then)));
  call(base, "setsize", object, {&index});
  Z_LVAL(index) = 0;
  for_each(then, [&](zval* value) {
    call(base, "offsetset", object, {&index, value});
    ++Z_LVAL(index);
  });
}

// The elements of a heap in its order, from a copy of it.
void read_heap(const zend_class_entry& base, zend_object* object, zval* state) {
  array_init(state);
  zend_object* copy = object->handlers->clone_obj(object);
  zval mode;
  ZVAL_LONG(&mode, 3);  // SplPriorityQueue::EXTR_BOTH
  if (zend_hash_str_exists(&base.function_table, ZEND_STRL("setextractflags"))) {
    call(base, "setextractflags", copy, {&mode});
  }
  zval count;
  call(base, "count", copy, &count);
  for (zend_long i = Z_LVAL(count); i > 0 && EG(exception) == nullptr; --i) {
    zval top;
    call(base, "extract", copy, &top);
    zend_hash_next_index_insert(Z_ARRVAL_P(state), &top);
  }
  zend_clear_exception();
  OBJ_RELEASE(copy);
}

// A heap whose comparison has thrown is corrupt, and says nothing of itself: it is emptied by its count.
void write_heap(const zend_class_entry& base, zend_object* object, zval*, zval* then) {
  zval count;
  call(base, "count", object, &count);
  for (zend_long i = Z_LVAL(count); i >= 0; --i) {
    call(base, "recoverfromcorruption", object);
    if (i > 0) call(base, "extract", object);
    zend_clear_exception();
  }
  for_each(then, [&](zval* value) {
    zval* data = Z_TYPE_P(value) == IS_ARRAY ? zend_hash_str_find(Z_ARRVAL_P(value), ZEND_STRL("data")) : nullptr;
    zval* priority =
        Z_TYPE_P(value) == IS_ARRAY ? zend_hash_str_find(Z_ARRVAL_P(value), ZEND_STRL("priority")) : nullptr;
    if (data != nullptr && priority != nullptr && base.parent == nullptr) {
      call(base, "insert", object, {data, priority});
    } else {
      call(base, "insert", object, {value});
    }
  });
}

// [[key, value], …]. Keys are held: that of an entry of the snapshot is an object of the snapshot.
void read_weak_map(const zend_class_entry& base, zend_object* object, zval* state) {
  array_init(state);
  zval map;
  ZVAL_OBJ(&map, object);
  zend_object_iterator* iterator = base.get_iterator(object->ce, &map, 0);
  if (iterator == nullptr) return;
  if (iterator->funcs->rewind != nullptr) iterator->funcs->rewind(iterator);
  while (iterator->funcs->valid(iterator) == SUCCESS) {
    zval pair;
    array_init_size(&pair, 2);
    zval key;
    iterator->funcs->get_current_key(iterator, &key);
    zval* value = iterator->funcs->get_current_data(iterator);
    ZVAL_DEREF(value);
    Z_TRY_ADDREF_P(value);
    zend_hash_next_index_insert(Z_ARRVAL(pair), &key);
    zend_hash_next_index_insert(Z_ARRVAL(pair), value);
    zend_hash_next_index_insert(Z_ARRVAL_P(state), &pair);
    iterator->funcs->move_forward(iterator);
  }
  zend_iterator_dtor(iterator);
}

void write_weak_map(const zend_class_entry& base, zend_object* object, zval* now, zval* then) {
  for_each(now, [&](zval* pair) { call(base, "offsetunset", object, {element(pair, 0)}); });
  for_each(then, [&](zval* pair) { call(base, "offsetset", object, {element(pair, 0), element(pair, 1)}); });
}

// Whether objects of a class keep something beside their properties that a job can change: those of PHP's own classes
// that make their objects themselves, but for these, which no code changes, or whose state is elsewhere.
bool hides_more(const zend_class_entry* type) {
  static constexpr std::array<std::string_view, 8> unchanging{
      "Closure",     "WeakReference",      "DateTimeImmutable",    "DateTimeZone",
      "SplFileInfo", "OpenSSLCertificate", "OpenSSLAsymmetricKey", "SensitiveParameterValue"};
  while (type != nullptr && type->type != ZEND_INTERNAL_CLASS) type = type->parent;
  if (type == nullptr || type->create_object == nullptr) return false;
  if (instanceof_function(type, zend_ce_throwable)) return false;
  const std::string_view name = view(type->name);
  if (name.starts_with("Reflection") || name.starts_with("Laraman\\")) return false;
  return std::find(unchanging.begin(), unchanging.end(), name) == unchanging.end();
}

}  // namespace

bool HiddenState::add(zend_object* object) {
  static constexpr std::array containers{
      Container{"ArrayObject", read_array_object, write_array_object},
      Container{"ArrayIterator", read_array_object, write_array_object},
      Container{"SplObjectStorage", serialize, write_object_storage},
      Container{"SplDoublyLinkedList", serialize, write_list},
      Container{"SplFixedArray", read_fixed_array, write_fixed_array},
      Container{"SplHeap", read_heap, write_heap},
      Container{"SplPriorityQueue", read_heap, write_heap},
      Container{"WeakMap", read_weak_map, write_weak_map},
      Container{"DateTime", serialize, unserialize},
      Container{"DateInterval", serialize, unserialize},
  };
  for (const zend_class_entry* base = object->ce; base != nullptr; base = base->parent) {
    if (base->type != ZEND_INTERNAL_CLASS) continue;
    for (const Container& container : containers) {
      if (view(base->name) != container.name) continue;
      kept_.push_back({object, base, &container, {}});
      container.read(*base, object, &kept_.back().state);
      return true;
    }
  }
  return !hides_more(object->ce);
}

bool HiddenState::restore() {
  bool changed = false;
  for (Kept& kept : kept_) {
    zval now;
    kept.container->read(*kept.base, kept.object, &now);
    if (!zend_is_identical(&now, &kept.state)) {
      kept.container->write(*kept.base, kept.object, &now, &kept.state);
      changed = true;
    }
    zval_ptr_dtor(&now);
  }
  return changed;
}

void HiddenState::drop() {
  for (Kept& kept : kept_) zval_ptr_dtor(&kept.state);
  kept_.clear();
}

}  // namespace laraman::php
