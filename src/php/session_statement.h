// Statements that leave a database session in another state than they found it.
#pragma once

#include <string_view>

namespace laraman::php {

// Whether SQL may change the session: a raw BEGIN, SET, USE, PRAGMA, LOCK, temporary tables, advisory locks. Told by
// the first words of each statement in it. `in_transaction`: of PDO, in which a savepoint is part of that transaction.
bool may_change_session(std::string_view sql, bool in_transaction);

// Whether SQL is one BEGIN, as SQLite has it, and nothing else.
bool only_begins_transaction(std::string_view sql);

}  // namespace laraman::php
