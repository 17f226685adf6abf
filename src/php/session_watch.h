// Sessions with servers of data: objects of PDO, Redis and Memcached. Some are kept from job to job. A job may leave
// one in another state than it found: a raw BEGIN, SET, USE, temporary tables, locks, PRAGMA; SELECT and WATCH of
// Redis; options. Such a session is not to serve the next job. It is seen at the functions of these classes; of SQL by
// the first words of a statement.
//
// Wrongly taken for a change is what only looks like one, within a text say: that costs one new connection.
#pragma once

#include <vector>

#include "php/engine.h"

namespace laraman::php {

// Wraps the functions of the classes that there are. Once per process, after module start-up.
void watch_sessions();

// Sockets of this process, in order. What they are to become sessions' is the difference of two calls.
std::vector<int> open_sockets();

// The state of `session` is now that of its configuration. `sockets`: what it has opened.
void open_session(const zend_object* session, std::vector<int> sockets);
// Calls on it may have changed its state since open_session(); also if that was never called.
bool is_session_changed(const zend_object* session);
// Its server has not hung up, and has sent nothing unexpected: an error, or a late reply. Does not ask it.
bool is_session_quiet(const zend_object* session);

// Whether the job has left sessions that it changed, or transactions that it began.
bool has_open_sessions();
// The job is over.
void forget_sessions();

}  // namespace laraman::php
