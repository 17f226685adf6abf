#include "php/session_statement.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>

namespace laraman::php {
namespace {

// First words of statements that change the session. CREATE and savepoints are looked at apart. What a procedure does
// is not known.
constexpr std::array<std::string_view, 23> kChanging{"ATTACH",    "BACKUP", "BEGIN", "CALL",    "DECLARE", "DETACH",
                                                     "DISCARD",   "DO",     "EXEC",  "EXECUTE", "FLUSH",   "HANDLER",
                                                     "LISTEN",    "LOAD",   "LOCK",  "PRAGMA",  "PREPARE", "RESET",
                                                     "SAVEPOINT", "SET",    "START", "USE",     "XA"};
// Functions that do, anywhere in a statement.
constexpr std::array<std::string_view, 5> kChangingFunctions{"DBLINK_CONNECT", "GET_LOCK", "LOAD_EXTENSION",
                                                             "SET_CONFIG", "SETSEED"};

bool equals(std::string_view text, std::string_view upper) {
  return text.size() == upper.size() && std::equal(text.begin(), text.end(), upper.begin(), [](char a, char b) {
           return std::toupper(static_cast<unsigned char>(a)) == b;
         });
}

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::any_of(words.begin(), words.end(), [word](std::string_view one) { return equals(word, one); });
}

bool contains(std::string_view text, std::string_view upper) {
  return std::search(text.begin(), text.end(), upper.begin(), upper.end(),
                     [](char a, char b) { return std::toupper(static_cast<unsigned char>(a)) == b; }) != text.end();
}

// MySQL and MariaDB run what is in /*! … */ and /*M! … */; PostgreSQL's comments nest, others' do not.
bool is_plain_comment(std::string_view comment) {
  return !comment.starts_with("/*!") && !comment.starts_with("/*M!") && comment.find("/*", 2) == std::string_view::npos;
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
    } else if (sql.starts_with("/*")) {
      const std::size_t end = std::min(sql.find("*/"), sql.size());
      if (!is_plain_comment(sql.substr(0, end))) return;
      sql.remove_prefix(std::min(end + 2, sql.size()));
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

bool is_temporary(std::string_view word) { return equals(word, "TEMP") || equals(word, "TEMPORARY"); }

bool begins_with_change(std::string_view sql, bool in_transaction) {
  const std::string_view word = take_word(sql);
  if (equals(word, "SAVEPOINT")) return !in_transaction;
  if (equals(word, "CREATE")) {  // [OR REPLACE] [GLOBAL | LOCAL] TEMP
    for (int i = 0; i < 4; ++i) {
      if (is_temporary(take_word(sql))) return true;
    }
    return false;
  }
  if (word.empty()) return sql.starts_with("/*");
  return is_one_of(word, kChanging);
}

bool is_word_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// A word of a statement, with the one before it and what comes after it.
bool is_change(std::string_view before, std::string_view word, std::string_view after) {
  if (word.size() < 4) return false;
  if (is_one_of(word, kChangingFunctions) || contains(word, "ADVISORY_LOCK")) return true;
  after.remove_prefix(std::min(after.find_first_not_of(" \t\r\n\"`]"), after.size()));
  if (equals(word, "INTO")) return after.starts_with('@');  // a variable of MySQL's
  if (equals(word, "TEMP") || equals(word, "PG_TEMP")) {
    if (after.starts_with('.')) return true;
  }
  return is_temporary(word) && (equals(before, "INTO") || equals(before, "LOCAL") || equals(before, "CREATE"));
}

// Quotes are not looked at, since each database has other ones: a text is searched as well.
bool has_changing_part(std::string_view sql) {
  std::string_view before;
  for (std::size_t at = 0; at < sql.size();) {
    if (!is_word_character(sql[at])) {
      if (sql[at] == ':' && sql.substr(at).starts_with(":=")) return true;  // @variable := 1
      ++at;
      continue;
    }
    std::size_t end = at + 1;
    while (end < sql.size() && is_word_character(sql[end])) ++end;
    const std::string_view word = sql.substr(at, end - at);
    if (is_change(before, word, sql.substr(end))) return true;
    before = word;
    at = end;
  }
  return false;
}

}  // namespace

bool may_change_session(std::string_view sql, bool in_transaction) {
  for (std::string_view rest = sql; !rest.empty();) {
    if (begins_with_change(rest, in_transaction)) return true;
    const std::size_t end = rest.find(';');
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return has_changing_part(sql);
}

bool only_begins_transaction(std::string_view sql) {
  static constexpr std::array<std::string_view, 3> kModes{"DEFERRED", "IMMEDIATE", "EXCLUSIVE"};
  if (!equals(take_word(sql), "BEGIN")) return false;
  std::string_view word = take_word(sql);
  if (is_one_of(word, kModes)) word = take_word(sql);
  if (equals(word, "TRANSACTION")) word = take_word(sql);
  return word.empty() && sql.empty();
}

}  // namespace laraman::php
