// Which database connections (PDO objects) a job has left in another session state than it found: a raw BEGIN, SET,
// USE, temporary tables, locks, PRAGMA. Such a connection is not to serve the next job. It is seen at PDO's own
// functions, by the first words of a statement.
//
// Wrongly taken for a change is what only looks like one, within a text say: that costs one new connection.
#pragma once

#include "php/engine.h"

namespace laraman::php {

// Wraps PDO's functions. Once per process, after module start-up; nothing without PDO.
void watch_sessions();

// Whether it is a PDO object. The functions below want one.
bool is_connection(const zend_object* object);

// The state of `connection` has been changed since it was made or settle_session() was called.
bool is_session_changed(const zend_object* connection);
void settle_session(const zend_object* connection);
// Whether the job has left sessions that were changed, or transactions that were begun.
bool has_open_sessions();
// The job is over, and no connection that was changed is used again.
void forget_sessions();

}  // namespace laraman::php
