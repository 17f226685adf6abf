#include "php/lazy_objects.h"

#include <algorithm>

namespace laraman::php {

#if PHP_VERSION_ID >= 80400

namespace {

constexpr std::uint32_t kLazyFlags = IS_OBJ_LAZY_UNINITIALIZED | IS_OBJ_LAZY_PROXY;

bool is_filled(const LazyObjectInfo& info) { return (info.flags & ZEND_LAZY_OBJECT_INITIALIZED) != 0; }

LazyObjectInfo* info_of(zend_ulong handle) {
  return static_cast<LazyObjectInfo*>(zend_hash_index_find_ptr(&EG(lazy_objects_store).infos, handle));
}

LazyObjectInfo copy_of(const LazyObjectInfo& info) {
  LazyObjectInfo copy = info;
  if (is_filled(info)) {
    GC_ADDREF(info.u.instance);
  } else {
    zend_fcc_dup(&copy.u.initializer.fcc, &info.u.initializer.fcc);
    ZVAL_COPY(&copy.u.initializer.zv, &info.u.initializer.zv);
  }
  return copy;
}

void throw_away(zend_object* object, std::vector<zval>& old) {
  if (object == nullptr) return;
  zval value;
  ZVAL_OBJ(&value, object);
  old.push_back(value);
}

void throw_away(LazyObjectInfo& info, std::vector<zval>& old) {
  if (is_filled(info)) return throw_away(info.u.instance, old);
  zend_fcall_info_cache& call = info.u.initializer.fcc;
  throw_away(call.object, old);
  zend_release_fcall_info_cache(&call);
  throw_away(call.closure, old);
  if (Z_REFCOUNTED(info.u.initializer.zv)) old.push_back(info.u.initializer.zv);
}

bool is_same(const LazyObjectInfo& a, const LazyObjectInfo& b) {
  if (a.flags != b.flags || a.lazy_properties_count != b.lazy_properties_count) return false;
  if (is_filled(a)) return a.u.instance == b.u.instance;
  const zend_fcall_info_cache& call = a.u.initializer.fcc;
  const zend_fcall_info_cache& other = b.u.initializer.fcc;
  return call.object == other.object && call.closure == other.closure &&
         (call.function_handler == other.function_handler || call.closure != nullptr) &&
         Z_TYPE(a.u.initializer.zv) == Z_TYPE(b.u.initializer.zv) &&
         Z_COUNTED(a.u.initializer.zv) == Z_COUNTED(b.u.initializer.zv);
}

// Without its destructor, which would run code.
void remove_info(zend_ulong handle) {
  HashTable& infos = EG(lazy_objects_store).infos;
  const dtor_func_t destructor = std::exchange(infos.pDestructor, nullptr);
  zend_hash_index_del(&infos, handle);
  infos.pDestructor = destructor;
}

}  // namespace

void LazyObjects::add(zend_object* object) {
  const std::uint32_t flags = OBJ_EXTRA_FLAGS(object) & kLazyFlags;
  if (flags == 0) return;
  if (const LazyObjectInfo* info = info_of(object->handle)) kept_.push_back({object, flags, copy_of(*info)});
}

bool LazyObjects::restore(std::vector<zval>& old) {
  const std::size_t before = old.size();
  bool changed = false;
  for (const Kept& kept : kept_) {
    LazyObjectInfo* info = info_of(kept.object->handle);
    const std::uint32_t flags = OBJ_EXTRA_FLAGS(kept.object) & kLazyFlags;
    if (info != nullptr && flags == kept.flags && is_same(*info, kept.info)) continue;
    if (info == nullptr) {
      info = static_cast<LazyObjectInfo*>(emalloc(sizeof *info));
      zend_hash_index_add_new_ptr(&EG(lazy_objects_store).infos, kept.object->handle, info);
    } else {
      throw_away(*info, old);
    }
    *info = copy_of(kept.info);
    OBJ_EXTRA_FLAGS(kept.object) = (OBJ_EXTRA_FLAGS(kept.object) & ~kLazyFlags) | kept.flags;
    changed = true;
  }
  if (zend_hash_num_elements(&EG(lazy_objects_store).infos) > kept_.size()) undo_others(old);
  return changed || old.size() > before;
}

// Objects of the snapshot that a job has made lazy: these alone are no garbage (Snapshot::take()).
void LazyObjects::undo_others(std::vector<zval>& old) {
  std::vector<zend_object*> others;
  zend_ulong handle;
  ZEND_HASH_FOREACH_NUM_KEY(&EG(lazy_objects_store).infos, handle) {
    zend_object* object = EG(objects_store).object_buckets[handle];
    const bool is_kept =
        std::any_of(kept_.begin(), kept_.end(), [object](const Kept& kept) { return kept.object == object; });
    if (IS_OBJ_VALID(object) && (GC_FLAGS(object) & GC_NOT_COLLECTABLE) != 0 && !is_kept) others.push_back(object);
  }
  ZEND_HASH_FOREACH_END();
  for (zend_object* object : others) {
    LazyObjectInfo* info = info_of(object->handle);
    throw_away(*info, old);
    remove_info(object->handle);
    efree(info);
    OBJ_EXTRA_FLAGS(object) &= ~kLazyFlags;
  }
}

void LazyObjects::drop() {
  std::vector<zval> old;
  for (Kept& kept : kept_) throw_away(kept.info, old);
  kept_.clear();
  for (zval& value : old) zval_ptr_dtor(&value);
}

#else

void LazyObjects::add(zend_object*) {}
bool LazyObjects::restore(std::vector<zval>&) { return false; }
void LazyObjects::undo_others(std::vector<zval>&) {}
void LazyObjects::drop() { kept_.clear(); }

#endif

}  // namespace laraman::php
