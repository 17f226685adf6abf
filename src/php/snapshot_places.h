// Where PHP keeps its state: what taking and restoring a snapshot both need to know (snapshot.h).
#pragma once

#include <Zend/zend_map_ptr.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "php/engine.h"

namespace laraman::php {

// Those that each request fills (superglobals.h).
inline constexpr std::array<std::string_view, 7> kSuperglobals{"_GET",    "_POST",    "_COOKIE", "_FILES",
                                                               "_SERVER", "_REQUEST", "_SESSION"};

inline bool is_superglobal(const zend_string* name) {
  return std::find(kSuperglobals.begin(), kSuperglobals.end(), view(name)) != kSuperglobals.end();
}

// The property, if it has a type.
inline const zend_property_info* typed(const zend_property_info* info) {
  return info != nullptr && ZEND_TYPE_IS_SET(info->type) ? info : nullptr;
}

// Null: they have not been used yet.
inline HashTable* static_variables(const zend_op_array* function) {
  return static_cast<HashTable*>(ZEND_MAP_PTR_GET(function->static_variables_ptr));
}

}  // namespace laraman::php
