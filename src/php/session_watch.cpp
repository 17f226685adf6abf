#include "php/session_watch.h"

#include <dirent.h>
#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "php/session_statement.h"

extern "C" {
#include <ext/pdo/php_pdo_driver.h>
}

namespace laraman::php {
namespace {

struct Session {
  std::vector<int> sockets;
  bool is_changed = false;
};

// By the object, which may be dead: then another has its place, and is opened before it is asked for.
std::unordered_map<const zend_object*, Session> sessions;

// In this job.
bool any_changed = false;
std::unordered_set<const zend_object*> in_transaction;

zend_class_entry* pdo = nullptr;

// What a function may do.
enum class Effect { kStatement, kExecution, kCommand, kChanges, kBegins, kEnds };
struct Watch {
  std::string_view class_name;
  std::string_view function;
  Effect effect;
};
// Transactions and options of Redis, which come and go in a job, can be asked for when it is over.
constexpr std::array kWatches{
    Watch{"pdo", "exec", Effect::kExecution},
    Watch{"pdo", "query", Effect::kStatement},
    Watch{"pdo", "prepare", Effect::kStatement},
    Watch{"pdo", "setattribute", Effect::kChanges},
    Watch{"pdo", "begintransaction", Effect::kBegins},
    Watch{"pdo", "commit", Effect::kEnds},
    Watch{"pdo", "rollback", Effect::kEnds},
    Watch{"pdo\\pgsql", "copyfromarray", Effect::kChanges},
    Watch{"pdo\\pgsql", "copyfromfile", Effect::kChanges},
    Watch{"pdo\\pgsql", "copytoarray", Effect::kChanges},
    Watch{"pdo\\pgsql", "copytofile", Effect::kChanges},
    Watch{"pdo\\pgsql", "lobcreate", Effect::kChanges},
    Watch{"pdo\\pgsql", "lobopen", Effect::kChanges},
    Watch{"pdo\\pgsql", "lobunlink", Effect::kChanges},
    Watch{"pdo\\pgsql", "setnoticecallback", Effect::kChanges},
    Watch{"pdo\\sqlite", "createaggregate", Effect::kChanges},
    Watch{"pdo\\sqlite", "createcollation", Effect::kChanges},
    Watch{"pdo\\sqlite", "createfunction", Effect::kChanges},
    Watch{"pdo\\sqlite", "loadextension", Effect::kChanges},
    Watch{"pdo\\sqlite", "openblob", Effect::kChanges},
    Watch{"pdo\\sqlite", "setauthorizer", Effect::kChanges},
    Watch{"redis", "auth", Effect::kChanges},
    Watch{"redis", "client", Effect::kChanges},
    Watch{"redis", "close", Effect::kChanges},
    Watch{"redis", "connect", Effect::kChanges},
    Watch{"redis", "open", Effect::kChanges},
    Watch{"redis", "pconnect", Effect::kChanges},
    Watch{"redis", "popen", Effect::kChanges},
    Watch{"redis", "psubscribe", Effect::kChanges},
    Watch{"redis", "rawcommand", Effect::kCommand},
    Watch{"redis", "reset", Effect::kChanges},
    Watch{"redis", "select", Effect::kChanges},
    Watch{"redis", "ssubscribe", Effect::kChanges},
    Watch{"redis", "subscribe", Effect::kChanges},
    Watch{"redis", "watch", Effect::kChanges},
    Watch{"memcached", "addserver", Effect::kChanges},
    Watch{"memcached", "addservers", Effect::kChanges},
    Watch{"memcached", "flushbuffers", Effect::kChanges},
    Watch{"memcached", "getdelayed", Effect::kChanges},
    Watch{"memcached", "getdelayedbykey", Effect::kChanges},
    Watch{"memcached", "quit", Effect::kChanges},
    Watch{"memcached", "resetserverlist", Effect::kChanges},
    Watch{"memcached", "setbucket", Effect::kChanges},
    Watch{"memcached", "setencodingkey", Effect::kChanges},
    Watch{"memcached", "setoption", Effect::kChanges},
    Watch{"memcached", "setoptions", Effect::kChanges},
    Watch{"memcached", "setsaslauthdata", Effect::kChanges},
};
std::array<zif_handler, kWatches.size()> originals{};

// Commands of Redis that change the session, where one is sent raw.
constexpr std::array<std::string_view, 17> kCommands{
    "ASKING",   "AUTH",      "CLIENT", "HELLO",  "MONITOR",    "MULTI",     "PSUBSCRIBE", "PSYNC", "QUIT",
    "READONLY", "READWRITE", "RESET",  "SELECT", "SSUBSCRIBE", "SUBSCRIBE", "SYNC",       "WATCH"};

bool is_changing_command(std::string_view command) {
  return std::any_of(kCommands.begin(), kCommands.end(), [command](std::string_view one) {
    return one.size() == command.size() &&
           zend_binary_strcasecmp(one.data(), one.size(), command.data(), command.size()) == 0;
  });
}

// The function's first argument; empty where it is no text.
std::string_view first_argument(zend_execute_data* execute_data) {
  if (ZEND_CALL_NUM_ARGS(execute_data) == 0) return {};
  const zval* argument = ZEND_CALL_ARG(execute_data, 1);
  ZVAL_DEREF(argument);
  return Z_TYPE_P(argument) == IS_STRING ? view(Z_STR_P(argument)) : std::string_view();
}

pdo_dbh_t* connection_of(zend_execute_data* execute_data) { return php_pdo_dbh_fetch_inner(Z_OBJ(EX(This))); }

bool is_within_transaction(pdo_dbh_t* connection) {
  if (connection->methods == nullptr || connection->methods->in_transaction == nullptr) return connection->in_txn;
  return connection->methods->in_transaction(connection) != 0;
}

// From PHP 8.4 on, Laravel begins transactions of SQLite by a statement: PDO can tell then whether one is open.
bool begins(zend_execute_data* execute_data) {
  const pdo_dbh_t* connection = connection_of(execute_data);
  if (connection->driver == nullptr || std::string_view(connection->driver->driver_name) != "sqlite") return false;
  return connection->methods->in_transaction != nullptr && only_begins_transaction(first_argument(execute_data));
}

bool may_change(zend_execute_data* execute_data, Effect effect) {
  switch (effect) {
    case Effect::kStatement:
    case Effect::kExecution:
      return may_change_session(first_argument(execute_data), is_within_transaction(connection_of(execute_data)));
    case Effect::kCommand: return is_changing_command(first_argument(execute_data));
    case Effect::kChanges: return true;
    case Effect::kBegins:
    case Effect::kEnds: return false;
  }
  return true;
}

void note_call(zend_execute_data* execute_data, Effect effect) {
  if (Z_TYPE(EX(This)) != IS_OBJECT) return;
  const zend_object* session = Z_OBJ(EX(This));
  if (effect == Effect::kExecution && begins(execute_data)) effect = Effect::kBegins;
  if (effect == Effect::kBegins) in_transaction.insert(session);
  if (effect == Effect::kEnds) in_transaction.erase(session);
  if (!may_change(execute_data, effect)) return;
  any_changed = true;
  if (const auto found = sessions.find(session); found != sessions.end()) found->second.is_changed = true;
}

// Functions that only one driver has (sqliteCreateFunction() and its like; the class Pdo\Sqlite has others) are looked
// for in a table that PDO makes when one of them is called.
bool has_used_driver_functions(const zend_object* session) {
  if (pdo == nullptr || !instanceof_function(session->ce, pdo)) return false;
  const pdo_dbh_t* connection = php_pdo_dbh_fetch_inner(const_cast<zend_object*>(session));
  return connection->cls_methods[PDO_DBH_DRIVER_METHOD_KIND_DBH] != nullptr;
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

zend_class_entry* find_class(std::string_view name) {
  return static_cast<zend_class_entry*>(zend_hash_str_find_ptr(CG(class_table), name.data(), name.size()));
}

bool is_socket(int descriptor) {
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 && S_ISSOCK(status.st_mode);
}

}  // namespace

void watch_sessions() {
  static constexpr auto wrappers = make_wrappers(std::make_index_sequence<kWatches.size()>());
  pdo = find_class("pdo");
  for (std::size_t i = 0; i < kWatches.size(); ++i) {
    zend_class_entry* of = find_class(kWatches[i].class_name);
    if (of == nullptr) continue;
    originals[i] = wrap_function(&of->function_table, kWatches[i].function, wrappers[i]);
    // Each class of a driver (Pdo\Sqlite, of PHP 8.4) has a copy of the function.
    void* p;
    ZEND_HASH_FOREACH_PTR(CG(class_table), p) {
      auto* other = static_cast<zend_class_entry*>(p);
      if (other->type != ZEND_INTERNAL_CLASS || !instanceof_function(other, of)) continue;
      void* copy =
          zend_hash_str_find_ptr(&other->function_table, kWatches[i].function.data(), kWatches[i].function.size());
      auto* function = static_cast<zend_function*>(copy);
      if (function != nullptr && function->type == ZEND_INTERNAL_FUNCTION &&
          function->internal_function.handler == originals[i]) {
        function->internal_function.handler = wrappers[i];
      }
    }
    ZEND_HASH_FOREACH_END();
  }
}

std::vector<int> open_sockets() {
  std::vector<int> sockets;
  DIR* folder = ::opendir("/proc/self/fd");
  if (folder == nullptr) return sockets;
  while (const dirent* entry = ::readdir(folder)) {
    int descriptor = -1;
    std::from_chars(entry->d_name, entry->d_name + std::strlen(entry->d_name), descriptor);
    if (descriptor >= 0 && is_socket(descriptor)) sockets.push_back(descriptor);
  }
  ::closedir(folder);
  std::sort(sockets.begin(), sockets.end());
  return sockets;
}

void open_session(const zend_object* session, std::vector<int> sockets) {
  sessions[session] = {std::move(sockets), false};
}

bool is_session_changed(const zend_object* session) {
  const auto found = sessions.find(session);
  return found == sessions.end() || found->second.is_changed || has_used_driver_functions(session);
}

bool is_session_quiet(const zend_object* session) {
  const auto found = sessions.find(session);
  if (found == sessions.end()) return false;
  std::vector<pollfd> polled;
  for (const int socket : found->second.sockets) polled.push_back({socket, POLLIN | POLLRDHUP, 0});
  return polled.empty() || ::poll(polled.data(), polled.size(), 0) == 0;
}

bool has_open_sessions() { return any_changed || !in_transaction.empty(); }
void forget_sessions() {
  any_changed = false;
  in_transaction.clear();
}

}  // namespace laraman::php
