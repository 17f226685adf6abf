// The beginning and the end of a job around the engine's own calls: what php_request_startup() and
// php_request_shutdown() do for a whole script, done for one request or event while the script stays.
#pragma once

#include "php/engine.h"

namespace laraman::php {

// Ends the artificial request in which the script booted: from here on jobs can begin.
void end_boot();

// Begins the request of worker().job.connection and makes its object in `job` (jobs.h). A fatal error in it (a
// malformed form, out of memory) ends in zend_bailout().
void begin_request(zval* job);

// Begins an event or a callback; its object is the caller's business.
void begin_event();
void begin_callback();

// Begins the job in which the script adds to the state that is put back. Its end takes the snapshot again.
void begin_warming();

// Takes an exit that has come out of PHP code for what it is: the end of a job, not of the script. False: there is
// none.
bool forget_exit();

// In a child that was forked within a job: begins a job of its own, without a request, in the state that booting left.
// What the other job has made is neither freed nor closed: it is the worker's. Ends in zend_bailout() if that fails.
void begin_task();
// Ends it: shutdown functions, and destructors of what it has made.
void end_task();

// There will be no more jobs: what the script still does belongs to none.
void begin_leaving();

// Ends what begin_… began: shutdown functions, output, the answer, the session, and all that the job left in PHP's
// state. If one of them fails fatally it finishes the answer and ends in zend_bailout(), so that the script begins
// anew.
void end_job();

// Ends the script, which may have ended within a job: php_request_shutdown() with all that a job needs of it. With
// `fatal` an answer without headers yet becomes a 500. The answer is complete then; the request still waits for the
// worker to be idle again (wait_for_job()).
void end_script(bool fatal);

// Opens php://stdin and its siblings as STDIN, STDOUT and STDERR.
void define_standard_streams();

}  // namespace laraman::php
