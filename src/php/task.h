// Tasks of a job that run in children of its worker, forked within the job. In a child PHP's state is what it was when
// booting ended: nothing of the job is seen there, and nothing that a task does is seen in the worker.
//
// A child takes no part in the worker's connections: its copies of all sockets lead nowhere, and what the worker has
// open is never closed properly there, as that would end a session with a database. A child makes its own connections.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>

#include "base/unique_fd.h"
#include "php/engine.h"

namespace laraman::php {

struct Task {
  pid_t pid = 0;
  UniqueFd output;     // its answer comes from there; none: no caller waits for it, or it is complete
  zval* input;         // its place in the array that run_tasks() was given
  std::string answer;  // so far
};

// Calls `function` with each of `inputs` (strings), each in a child, some at a time, and waits for `seconds` at most.
// `answers` becomes an array with the keys of `inputs`; each is [result, null], or [null, why there is none]: "exit",
// "late" or "failed". Children that are late are killed. With 0 seconds it waits for none, and there are no answers.
void run_tasks(const zend_fcall_info& function, const zend_fcall_info_cache& cache, HashTable* inputs, double seconds,
               zval* answers);

// Takes note of children that have ended.
void reap_tasks();
// Waits for all children to end: the worker leaves, and they would end with it.
void wait_for_tasks();

}  // namespace laraman::php
