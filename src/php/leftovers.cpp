#include "php/leftovers.h"

#include <algorithm>

namespace laraman::php {
namespace {

bool has_destructor(const zend_object* object) {
  if ((OBJ_FLAGS(object) & IS_OBJ_DESTRUCTOR_CALLED) != 0) return false;
  return object->handlers->dtor_obj != zend_objects_destroy_object || object->ce->destructor != nullptr;
}

}  // namespace

void Leftovers::begin(const std::vector<zend_object*>& objects, const std::unordered_set<const void*>& known) {
  kept_.assign(EG(objects_store).top, nullptr);
  others_ = kept_;
  for_each_object([this](const zend_object* object) { others_[object->handle] = object; });
  for (const zend_object* object : objects) {
    kept_[object->handle] = object;
    others_[object->handle] = nullptr;
  }
  open_.clear();
  for (std::uint32_t handle = 1; handle < kept_.size(); ++handle) {
    if (kept_[handle] == nullptr) open_.push_back(handle);
  }
  known_ = &known;
}

template <typename Action>
bool Leftovers::any_other(const Action& action) const {
  const zend_objects_store& store = EG(objects_store);
  const auto is_one = [&](std::uint32_t handle) {
    zend_object* object = store.object_buckets[handle];
    return IS_OBJ_VALID(object) && (OBJ_FLAGS(object) & IS_OBJ_FREE_CALLED) == 0 && action(object);
  };
  if (std::any_of(open_.begin(), open_.end(), is_one)) return true;
  for (auto handle = static_cast<std::uint32_t>(kept_.size()); handle < store.top; ++handle) {
    if (is_one(handle)) return true;
  }
  return false;
}

bool Leftovers::may_run_code() const { return any_other(has_destructor); }

bool Leftovers::is_known(const zend_object* object) const {
  const std::uint32_t handle = object->handle;
  return (handle < kept_.size() && (kept_[handle] == object || others_[handle] == object)) ||
         (object->ce->ce_flags & ZEND_ACC_ENUM) != 0;  // a case, made when it was first used, is its class's
}

std::size_t Leftovers::add_node(zend_refcounted* counted) {
  const auto [place, is_new] = index_.try_emplace(counted, nodes_.size());
  if (is_new) {
    nodes_.push_back({counted, 0, false});
    pending_.push_back(place->second);
  }
  return place->second;
}

std::vector<zend_object*> Leftovers::owned_by(const std::vector<zend_object*>& owners) {
  nodes_.clear();
  index_.clear();
  std::vector<zend_object*> owned;
  for (zend_object* owner : owners) add_node(reinterpret_cast<zend_refcounted*>(owner));
  const std::size_t first = nodes_.size();
  find_staying(first);
  for (std::size_t i = first; i < nodes_.size(); ++i) {
    if (!nodes_[i].stays && GC_TYPE(nodes_[i].counted) == IS_OBJECT) {
      owned.push_back(reinterpret_cast<zend_object*>(nodes_[i].counted));
    }
  }
  return owned;
}

// Finds what nothing else refers to. False if there is nothing.
bool Leftovers::find() {
  nodes_.clear();
  index_.clear();
  garbage_.clear();
  any_other([this](zend_object* object) {
    if (!is_known(object)) add_node(reinterpret_cast<zend_refcounted*>(object));
    return false;
  });
  if (nodes_.empty()) return false;

  find_staying(0);
  for (const Node& node : nodes_) {
    if (!node.stays && GC_TYPE(node.counted) == IS_OBJECT) {
      garbage_.push_back(reinterpret_cast<zend_object*>(node.counted));
    }
  }
  return !garbage_.empty();
}

// Among the nodes and all that they refer to. Those before `first` do not stay, whatever refers to them.
void Leftovers::find_staying(std::size_t first) {
  while (!pending_.empty()) {
    const std::size_t node = pending_.back();
    pending_.pop_back();
    visit_children(node, &Leftovers::count_reference);
  }
  for (std::size_t i = 0; i < first; ++i) nodes_[i].stays = true;  // so that mark() goes no further
  for (std::size_t i = first; i < nodes_.size(); ++i) {
    if (nodes_[i].stays || GC_REFCOUNT(nodes_[i].counted) <= nodes_[i].inner) continue;
    nodes_[i].stays = true;
    pending_.push_back(i);
    while (!pending_.empty()) {
      const std::size_t node = pending_.back();
      pending_.pop_back();
      visit_children(node, &Leftovers::mark);
    }
  }
}

void Leftovers::visit_children(std::size_t node, void (Leftovers::*visit)(zval&)) {
  zend_refcounted* counted = nodes_[node].counted;
  HashTable* table = nullptr;
  if (GC_TYPE(counted) == IS_OBJECT) {
    auto* object = reinterpret_cast<zend_object*>(counted);
    zval* values = nullptr;
    int count = 0;
    table = object->handlers->get_gc(object, &values, &count);
    for (int i = 0; i < count; ++i) (this->*visit)(values[i]);
  } else if (GC_TYPE(counted) == IS_ARRAY) {
    table = reinterpret_cast<HashTable*>(counted);
  } else {
    (this->*visit)(reinterpret_cast<zend_reference*>(counted)->val);
  }
  if (table == nullptr) return;
  zval* value;
  ZEND_HASH_FOREACH_VAL(table, value) {
    if (Z_TYPE_P(value) == IS_INDIRECT) value = Z_INDIRECT_P(value);
    (this->*visit)(*value);
  }
  ZEND_HASH_FOREACH_END();
}

void Leftovers::count_reference(zval& value) {
  if (!Z_REFCOUNTED(value)) return;
  zend_refcounted* counted = Z_COUNTED(value);
  switch (Z_TYPE(value)) {
    case IS_OBJECT:
      if (is_known(Z_OBJ(value))) return;
      break;
    case IS_ARRAY:
    case IS_REFERENCE:
      if (known_ != nullptr && known_->contains(counted)) return;
      break;
    default: return;
  }
  ++nodes_[add_node(counted)].inner;
}

void Leftovers::mark(zval& value) {
  if (!Z_REFCOUNTED(value)) return;
  const auto place = index_.find(Z_COUNTED(value));
  if (place == index_.end() || nodes_[place->second].stays) return;
  nodes_[place->second].stays = true;
  pending_.push_back(place->second);
}

bool Leftovers::destruct() {
  if (!find()) return false;
  bool called = false;
  for (zend_object* object : garbage_) GC_ADDREF(object);
  for (zend_object* object : garbage_) {
    if (!has_destructor(object)) continue;
    GC_ADD_FLAGS(object, IS_OBJ_DESTRUCTOR_CALLED);
    object->handlers->dtor_obj(object);
    called = true;
    if (EG(exception) != nullptr) zend_exception_error(EG(exception), E_WARNING);
  }
  for (zend_object* object : garbage_) OBJ_RELEASE(object);
  return called;
}

void Leftovers::free() {
  if (!find()) return;
  for (zend_object* object : garbage_) GC_ADDREF(object);
  for (zend_object* object : garbage_) {
    GC_ADD_FLAGS(object, IS_OBJ_FREE_CALLED | IS_OBJ_DESTRUCTOR_CALLED);
    object->handlers->free_obj(object);
  }
  for (zend_object* object : garbage_) OBJ_RELEASE(object);
  garbage_.clear();
}

}  // namespace laraman::php
