// The loop of a resident worker: Laraman\Native\serve().
#pragma once

#include "php/engine.h"

namespace laraman::php {

// Functions of the script. Those that are not there are null.
struct JobFunctions {
  struct Function {
    zend_fcall_info info;
    zend_fcall_info_cache cache;
  };
  Function handle;  // is given each job
  Function settle;  // is called after it, however it ended but by a fatal error
  Function warm;    // makes what becomes part of the state that is put back, when warm() has asked for it
};

// Waits for jobs and has them handled until there will be none. A job that calls exit ends there, and the next one
// comes; an exception ends the loop, and is set then. Once, when the script has booted.
void serve(JobFunctions& functions);

}  // namespace laraman::php
