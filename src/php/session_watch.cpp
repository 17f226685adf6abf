#include "php/session_watch.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <unordered_set>
#include <utility>

extern "C" {
#include <ext/pdo/php_pdo_driver.h>
}

namespace laraman::php {
namespace {

// First words of statements that change the session. "CREATE TEMP" and savepoints are looked at apart.
constexpr std::array<std::string_view, 14> kChanging{"ATTACH",    "BEGIN", "DECLARE", "DETACH", "DISCARD",
                                                     "LISTEN",    "LOAD",  "LOCK",    "PRAGMA", "PREPARE",
                                                     "SAVEPOINT", "SET",   "START",   "USE"};
// Functions that do, in any statement.
constexpr std::array<std::string_view, 4> kChangingFunctions{"GET_LOCK", "ADVISORY_LOCK", "SET_CONFIG",
                                                             "LOAD_EXTENSION"};

bool equals(std::string_view text, std::string_view upper) {
  return text.size() == upper.size() && std::equal(text.begin(), text.end(), upper.begin(), [](char a, char b) {
           return std::toupper(static_cast<unsigned char>(a)) == b;
         });
}

bool contains(std::string_view text, std::string_view upper) {
  return std::search(text.begin(), text.end(), upper.begin(), upper.end(),
                     [](char a, char b) { return std::toupper(static_cast<unsigned char>(a)) == b; }) != text.end();
}

void skip_blank(std::string_view& sql) {
  while (!sql.empty()) {
    if (std::isspace(static_cast<unsigned char>(sql[0])) != 0 || sql[0] == '(' || sql[0] == ';') {
      sql.remove_prefix(1);
    } else if (sql.starts_with("--") || sql.starts_with('#')) {
      sql.remove_prefix(std::min(sql.find('\n'), sql.size()));
    } else if (sql.starts_with("/*") && !sql.starts_with("/*!")) {  // MySQL runs what is in /*! … */
      const std::size_t end = sql.find("*/");
      sql.remove_prefix(end == std::string_view::npos ? sql.size() : end + 2);
    } else {
      return;
    }
  }
}

std::string_view take_word(std::string_view& sql) {
  skip_blank(sql);
  std::size_t size = 0;
  while (size < sql.size() && (std::isalpha(static_cast<unsigned char>(sql[size])) != 0 || sql[size] == '_')) ++size;
  const std::string_view word = sql.substr(0, size);
  sql.remove_prefix(size);
  return word;
}

bool begins_with_change(std::string_view sql, bool in_transaction) {
  const std::string_view word = take_word(sql);
  if (equals(word, "SAVEPOINT")) return !in_transaction;
  if (equals(word, "CREATE")) {
    std::string_view kind = take_word(sql);
    if (equals(kind, "LOCAL") || equals(kind, "GLOBAL")) kind = take_word(sql);
    return equals(kind, "TEMP") || equals(kind, "TEMPORARY");
  }
  if (word.empty()) return sql.starts_with("/*!");
  return std::any_of(kChanging.begin(), kChanging.end(), [word](std::string_view one) { return equals(word, one); });
}

// Objects that are alive, or were in this job: one that has a dead one's place is taken for it.
std::unordered_set<const zend_object*> changed;

// What a function of PDO may do.
enum class Effect { kStatement, kAlways };
struct Watch {
  const char* function;
  Effect effect;
};
constexpr std::array kWatches{Watch{"exec", Effect::kStatement},
                              Watch{"query", Effect::kStatement},
                              Watch{"prepare", Effect::kStatement},
                              Watch{"setattribute", Effect::kAlways},
                              Watch{"sqlitecreatefunction", Effect::kAlways},
                              Watch{"sqlitecreateaggregate", Effect::kAlways},
                              Watch{"sqlitecreatecollation", Effect::kAlways}};
std::array<zif_handler, kWatches.size()> originals{};

void note_call(zend_execute_data* execute_data, Effect effect) {
  if (Z_TYPE(EX(This)) != IS_OBJECT) return;
  const zend_object* connection = Z_OBJ(EX(This));
  if (effect == Effect::kStatement) {
    if (ZEND_CALL_NUM_ARGS(execute_data) == 0) return;
    const zval* sql = ZEND_CALL_ARG(execute_data, 1);
    ZVAL_DEREF(sql);
    if (Z_TYPE_P(sql) != IS_STRING) return;
    const bool in_transaction = php_pdo_dbh_fetch_inner(const_cast<zend_object*>(connection))->in_txn;
    if (!may_change_session(view(Z_STR_P(sql)), in_transaction)) return;
  }
  changed.insert(connection);
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

bool may_change_session(std::string_view sql, bool in_transaction) {
  for (std::string_view rest = sql; !rest.empty();) {
    if (begins_with_change(rest, in_transaction)) return true;
    const std::size_t end = rest.find(';');
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return std::any_of(kChangingFunctions.begin(), kChangingFunctions.end(),
                     [sql](std::string_view one) { return contains(sql, one); });
}

void watch_sessions() {
  static constexpr auto wrappers = make_wrappers(std::make_index_sequence<kWatches.size()>());
  auto* pdo = static_cast<zend_class_entry*>(zend_hash_str_find_ptr(CG(class_table), ZEND_STRL("pdo")));
  if (pdo == nullptr) return;
  for (std::size_t i = 0; i < kWatches.size(); ++i) {
    void* p = zend_hash_str_find_ptr(&pdo->function_table, kWatches[i].function, std::strlen(kWatches[i].function));
    if (p == nullptr) continue;
    auto& function = static_cast<zend_function*>(p)->internal_function;
    originals[i] = function.handler;
    function.handler = wrappers[i];
  }
}

bool is_session_changed(const zend_object* connection) { return changed.contains(connection); }
void settle_session(const zend_object* connection) { changed.erase(connection); }
void forget_sessions() { changed.clear(); }

}  // namespace laraman::php
