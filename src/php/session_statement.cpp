#include "php/session_statement.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>

namespace laraman::php {
namespace {

// First words of statements that change the session. CREATE and savepoints are looked at apart. What a procedure does
// nobody knows.
constexpr std::array<std::string_view, 22> kChanging{
    "ATTACH", "BEGIN", "CALL", "DECLARE", "DETACH",  "DISCARD", "DO",        "EXEC", "EXECUTE", "FLUSH", "HANDLER",
    "LISTEN", "LOAD",  "LOCK", "PRAGMA",  "PREPARE", "RESET",   "SAVEPOINT", "SET",  "START",   "USE",   "XA"};
// What does, anywhere in a statement: functions, temporary tables.
constexpr std::array<std::string_view, 7> kChangingParts{"GET_LOCK",  "ADVISORY_LOCK",   "SET_CONFIG", "LOAD_EXTENSION",
                                                         "INTO TEMP", "INTO LOCAL TEMP", "TEMP."};

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
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  while (!sql.empty()) {
    if (sql.starts_with(kByteOrderMark)) {
      sql.remove_prefix(kByteOrderMark.size());
    } else if (std::isspace(static_cast<unsigned char>(sql[0])) != 0 || sql[0] == '(' || sql[0] == ';') {
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
  if (equals(word, "CREATE")) {  // [OR REPLACE] [GLOBAL | LOCAL] TEMP
    for (int i = 0; i < 4; ++i) {
      const std::string_view kind = take_word(sql);
      if (equals(kind, "TEMP") || equals(kind, "TEMPORARY")) return true;
    }
    return false;
  }
  if (word.empty()) return sql.starts_with("/*!");
  return std::any_of(kChanging.begin(), kChanging.end(), [word](std::string_view one) { return equals(word, one); });
}

}  // namespace

bool may_change_session(std::string_view sql, bool in_transaction) {
  for (std::string_view rest = sql; !rest.empty();) {
    if (begins_with_change(rest, in_transaction)) return true;
    const std::size_t end = rest.find(';');
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return std::any_of(kChangingParts.begin(), kChangingParts.end(),
                     [sql](std::string_view one) { return contains(sql, one); });
}

}  // namespace laraman::php
