#include "php/session_watch.h"

#include <array>
#include <unordered_set>
#include <utility>

#include "php/session_statement.h"

extern "C" {
#include <ext/pdo/php_pdo_driver.h>
}

namespace laraman::php {
namespace {

// Objects that are alive, or were in this job: one that has a dead one's place is taken for it.
std::unordered_set<const zend_object*> changed;
std::unordered_set<const zend_object*> in_transaction;

// What a function of PDO may do.
enum class Effect { kStatement, kAlways, kBegins, kEnds };
struct Watch {
  const char* function;
  Effect effect;
};
constexpr std::array kWatches{Watch{"exec", Effect::kStatement},
                              Watch{"query", Effect::kStatement},
                              Watch{"prepare", Effect::kStatement},
                              Watch{"setattribute", Effect::kAlways},
                              Watch{"begintransaction", Effect::kBegins},
                              Watch{"commit", Effect::kEnds},
                              Watch{"rollback", Effect::kEnds}};
std::array<zif_handler, kWatches.size()> originals{};

void note_call(zend_execute_data* execute_data, Effect effect) {
  if (Z_TYPE(EX(This)) != IS_OBJECT) return;
  const zend_object* connection = Z_OBJ(EX(This));
  if (effect == Effect::kBegins) in_transaction.insert(connection);
  if (effect == Effect::kEnds) in_transaction.erase(connection);
  if (effect == Effect::kBegins || effect == Effect::kEnds) return;
  if (effect == Effect::kStatement) {
    if (ZEND_CALL_NUM_ARGS(execute_data) == 0) return;
    const zval* sql = ZEND_CALL_ARG(execute_data, 1);
    ZVAL_DEREF(sql);
    if (Z_TYPE_P(sql) != IS_STRING) return;
    const bool within = php_pdo_dbh_fetch_inner(const_cast<zend_object*>(connection))->in_txn;
    if (!may_change_session(view(Z_STR_P(sql)), within)) return;
  }
  changed.insert(connection);
}

// Functions that only one driver has (sqliteCreateFunction() and its like) are looked for in a table that PDO makes
// when one of them is called.
bool has_used_driver_functions(const zend_object* connection) {
  return php_pdo_dbh_fetch_inner(const_cast<zend_object*>(connection))->cls_methods[PDO_DBH_DRIVER_METHOD_KIND_DBH] !=
         nullptr;
}

template <std::size_t I>
void watched(INTERNAL_FUNCTION_PARAMETERS) {
  note_call(execute_data, kWatches[I].effect);
  originals[I](INTERNAL_FUNCTION_PARAM_PASSTHRU);
}

template <std::size_t... I>
constexpr std::array<zif_handler, sizeof...(I)> make_wrappers(std::index_sequence<I...>) {
  return {&watched<I>...};
}

}  // namespace

void watch_sessions() {
  static constexpr auto wrappers = make_wrappers(std::make_index_sequence<kWatches.size()>());
  auto* pdo = static_cast<zend_class_entry*>(zend_hash_str_find_ptr(CG(class_table), ZEND_STRL("pdo")));
  if (pdo == nullptr) return;
  for (std::size_t i = 0; i < kWatches.size(); ++i) {
    originals[i] = wrap_function(&pdo->function_table, kWatches[i].function, wrappers[i]);
  }
}

bool is_connection(const zend_object* object) {
  const auto* pdo = static_cast<const zend_class_entry*>(zend_hash_str_find_ptr(CG(class_table), ZEND_STRL("pdo")));
  return pdo != nullptr && instanceof_function(object->ce, pdo);
}

bool is_session_changed(const zend_object* connection) {
  return changed.contains(connection) || has_used_driver_functions(connection);
}
void settle_session(const zend_object* connection) { changed.erase(connection); }
bool has_open_sessions() { return !changed.empty() || !in_transaction.empty(); }
void forget_sessions() {
  changed.clear();
  in_transaction.clear();
}

}  // namespace laraman::php
