#include "php/declarations.h"

#include <Zend/zend_closures.h>
#include <Zend/zend_compile.h>
#include <Zend/zend_map_ptr.h>
#include <Zend/zend_vm_opcodes.h>

#include <cstring>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "php/worker.h"

namespace laraman::php {
namespace {

struct Constant {
  std::string key;   // in PHP's table
  std::string file;  // on whose own level it was defined; empty: in a function
};

zif_handler define_constant = nullptr;
zif_handler alias_class = nullptr;
zend_op_array* (*compile_file)(zend_file_handle*, int) = nullptr;

std::vector<Constant> constants;
std::vector<std::string> aliases;  // keys in PHP's table
// Of files that a job has included: the one on whose own level that was done; empty: in a function.
std::unordered_map<std::string, std::string> includers;
// On their own level, with opcache, which keeps them.
std::vector<const zend_op_array*> file_closures;
// Elements of PHP's tables that stay.
std::uint32_t classes = 0;
std::uint32_t functions = 0;
std::uint32_t files = 0;

bool is_watched() {
  const WorkerProcess* process = find_worker();
  return process != nullptr && process->isolation.snapshot.taken();
}

// The file on whose own level code runs; null where it is that of a function.
const zend_string* running_file(const zend_execute_data* frame) {
  if (frame == nullptr || frame->func == nullptr || frame->func->type != ZEND_USER_FUNCTION) return nullptr;
  return frame->func->common.function_name == nullptr ? frame->func->op_array.filename : nullptr;
}

std::string text_of(const zend_string* text) { return text != nullptr ? std::string(view(text)) : std::string(); }

// The key of a constant: the namespace in its name in lower case.
void note_constant(std::string_view name, const zend_string* file) {
  std::string key(name);
  if (const std::size_t end = key.rfind('\\'); end != std::string::npos) zend_str_tolower(key.data(), end);
  constants.push_back({std::move(key), text_of(file)});
}

void note_alias(std::string_view name) {
  if (name.starts_with('\\')) name.remove_prefix(1);
  std::string key(name);
  zend_str_tolower(key.data(), key.size());
  // What an autoloader has made of the name that it was asked for is made of it for every caller.
  if (EG(in_autoload) != nullptr && zend_hash_str_exists(EG(in_autoload), key.data(), key.size())) return;
  aliases.push_back(std::move(key));
}

void note_file(const zend_op_array& file, const zend_string* includer) {
  includers.insert_or_assign(text_of(file.filename), text_of(includer));
  for (std::uint32_t i = 0; i < file.num_dynamic_func_defs; ++i) {
    const zend_op_array* function = file.dynamic_func_defs[i];
    if ((function->fn_flags & ZEND_ACC_IMMUTABLE) != 0) file_closures.push_back(function);
  }
  for (std::uint32_t i = 0; i < file.last; ++i) {
    const zend_op* operation = &file.opcodes[i];
    if (operation->opcode != ZEND_DECLARE_CONST) continue;
    note_constant(view(Z_STR_P(RT_CONSTANT(operation, operation->op1))), file.filename);
  }
}

ZEND_FUNCTION(define) {
  define_constant(INTERNAL_FUNCTION_PARAM_PASSTHRU);
  if (Z_TYPE_P(return_value) != IS_TRUE || !is_watched()) return;
  const zval* name = ZEND_CALL_ARG(execute_data, 1);
  if (Z_TYPE_P(name) == IS_STRING) note_constant(view(Z_STR_P(name)), running_file(EX(prev_execute_data)));
}

ZEND_FUNCTION(class_alias) {
  alias_class(INTERNAL_FUNCTION_PARAM_PASSTHRU);
  if (Z_TYPE_P(return_value) != IS_TRUE || !is_watched()) return;
  const zval* name = ZEND_CALL_ARG(execute_data, 2);
  if (Z_TYPE_P(name) == IS_STRING) note_alias(view(Z_STR_P(name)));
}

zend_op_array* compile_watched(zend_file_handle* handle, int type) {
  const zend_string* includer = running_file(EG(current_execute_data));
  zend_op_array* file = compile_file(handle, type);
  if (file != nullptr && is_watched()) note_file(*file, includer);
  return file;
}

// Of a function and of the closures in it.
void clear_cache(const zend_op_array& function) {
  void* cache = RUN_TIME_CACHE(&function);
  if (cache != nullptr && function.cache_size > 0) std::memset(cache, 0, static_cast<std::size_t>(function.cache_size));
  for (std::uint32_t i = 0; i < function.num_dynamic_func_defs; ++i) clear_cache(*function.dynamic_func_defs[i]);
}

void clear_caches(HashTable* table) {
  void* p;
  ZEND_HASH_FOREACH_PTR(table, p) {
    const auto* function = static_cast<const zend_function*>(p);
    if (function->type == ZEND_USER_FUNCTION) clear_cache(function->op_array);
  }
  ZEND_HASH_FOREACH_END();
}

// Compiled code remembers where it has found a constant.
void clear_all_caches() {
  clear_caches(EG(function_table));
  void* p;
  ZEND_HASH_FOREACH_PTR(EG(class_table), p) {
    auto* type = static_cast<zend_class_entry*>(p);
    if (type->type == ZEND_USER_CLASS) clear_caches(&type->function_table);
  }
  ZEND_HASH_FOREACH_END();
  for_each_object([](zend_object* object) {
    if (object->ce != zend_ce_closure) return;
    const zend_function* function = zend_get_closure_method_def(object);
    if (function->type == ZEND_USER_FUNCTION) clear_cache(function->op_array);
  });
  for (zend_execute_data* frame = EG(current_execute_data); frame != nullptr; frame = frame->prev_execute_data) {
    if (frame->func == nullptr || frame->func->type != ZEND_USER_FUNCTION || frame->run_time_cache == nullptr) continue;
    std::memset(frame->run_time_cache, 0, static_cast<std::size_t>(frame->func->op_array.cache_size));
  }
  for (const zend_op_array* function : file_closures) clear_cache(*function);
}

// PHP notes at the name of a class, wherever it stands, which class that is.
void clear_class_names(const zend_class_entry* type) {
  auto** slots = static_cast<void**>(CG(map_ptr_real_base));
  for (std::size_t i = 0; i < CG(map_ptr_last); ++i) {
    if (slots[i] == type) slots[i] = nullptr;
  }
}

// Takes an element out of one of PHP's tables; what it points to lives on.
void take_out(HashTable* table, std::string_view key) {
  const dtor_func_t destructor = table->pDestructor;
  table->pDestructor = nullptr;
  zend_hash_str_del(table, key.data(), key.size());
  table->pDestructor = destructor;
}

void remove_aliases() {
  for (const std::string& key : aliases) {
    zval* value = zend_hash_str_find(EG(class_table), key.data(), key.size());
    if (value == nullptr) continue;
    auto* type = static_cast<zend_class_entry*>(Z_PTR_P(value));
    clear_class_names(type);
    if ((type->ce_flags & ZEND_ACC_IMMUTABLE) == 0) --type->refcount;
    take_out(EG(class_table), key);
  }
}

// The files of the classes that the job has loaded.
std::unordered_set<std::string_view> class_files() {
  std::unordered_set<std::string_view> found;
  std::uint32_t left = zend_hash_num_elements(EG(class_table)) - classes;
  void* p;
  if (left == 0) return found;
  ZEND_HASH_REVERSE_FOREACH_PTR(EG(class_table), p) {
    const auto* type = static_cast<const zend_class_entry*>(p);
    if (type->type == ZEND_USER_CLASS && (type->ce_flags & ZEND_ACC_ANON_CLASS) == 0) {
      found.insert(view(type->info.user.filename));
    }
    if (--left == 0) break;
  }
  ZEND_HASH_FOREACH_END();
  return found;
}

// Files of this job that stay: those of classes, and what these have included.
class StayingFiles {
 public:
  StayingFiles() : classes_(class_files()) {}
  bool contains(std::string_view file) const {
    std::string name(file);
    for (std::size_t steps = 0; steps <= includers.size() && !name.empty(); ++steps) {
      if (classes_.contains(name)) return true;
      const auto includer = includers.find(name);
      if (includer == includers.end()) return false;
      name = includer->second;
    }
    return false;
  }

 private:
  std::unordered_set<std::string_view> classes_;
};

// The keys of the last `count` elements of a table that are not to stay.
template <typename Stays>
std::vector<std::string> last_keys(HashTable* table, std::uint32_t count, const Stays& stays) {
  std::vector<std::string> keys;
  if (count == 0) return keys;
  zend_string* key;
  zval* value;
  ZEND_HASH_REVERSE_FOREACH_STR_KEY_VAL(table, key, value) {
    if (key != nullptr && !stays(*key, value)) keys.emplace_back(view(key));
    if (--count == 0) break;
  }
  ZEND_HASH_FOREACH_END();
  return keys;
}

bool remove_functions(const StayingFiles& staying) {
  const std::uint32_t count = zend_hash_num_elements(EG(function_table)) - functions;
  const auto keys = last_keys(EG(function_table), count, [&](const zend_string&, const zval* value) {
    const auto* function = static_cast<const zend_function*>(Z_PTR_P(value));
    if (function->type != ZEND_USER_FUNCTION) return true;
    const std::string_view file = view(function->op_array.filename);
    // One of a file that was included before was declared within a function.
    return includers.contains(std::string(file)) && staying.contains(file);
  });
  for (const std::string& key : keys) take_out(EG(function_table), key);
  return !keys.empty();
}

bool remove_constants(const StayingFiles& staying) {
  bool removed = false;
  for (const auto& [key, file] : constants) {
    if (!file.empty() && (!includers.contains(file) || staying.contains(file))) continue;
    removed = zend_hash_str_del(EG(zend_constants), key.data(), key.size()) == SUCCESS || removed;
  }
  return removed;
}

void remove_files(const StayingFiles& staying) {
  const std::uint32_t count = zend_hash_num_elements(&EG(included_files)) - files;
  const auto keys = last_keys(&EG(included_files), count,
                              [&](const zend_string& path, const zval*) { return staying.contains(view(&path)); });
  for (const std::string& key : keys) zend_hash_str_del(&EG(included_files), key.data(), key.size());
}

}  // namespace

void watch_declarations() {
  define_constant = wrap_function(CG(function_table), "define", ZEND_FN(define));
  alias_class = wrap_function(CG(function_table), "class_alias", ZEND_FN(class_alias));
  compile_file = std::exchange(zend_compile_file, compile_watched);
}

void keep_declarations() {
  constants.clear();
  aliases.clear();
  includers.clear();
  file_closures.clear();
  classes = zend_hash_num_elements(EG(class_table));
  functions = zend_hash_num_elements(EG(function_table));
  files = zend_hash_num_elements(&EG(included_files));
}

void remove_declarations_of_job() {
  const bool has_new_files = zend_hash_num_elements(&EG(included_files)) != files;
  const bool has_new_functions = zend_hash_num_elements(EG(function_table)) != functions;
  if (has_new_files || has_new_functions || !constants.empty() || !aliases.empty()) {
    remove_aliases();
    const StayingFiles staying;
    const bool removed_functions = remove_functions(staying);
    const bool removed_constants = remove_constants(staying);
    remove_files(staying);
    if (removed_functions || removed_constants || !aliases.empty()) clear_all_caches();
  }
  keep_declarations();
}

}  // namespace laraman::php
