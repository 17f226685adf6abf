#include "php/serve.h"

#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "php/job.h"
#include "php/jobs.h"
#include "php/worker.h"

namespace laraman::php {
namespace {

// `exit` ends the job, not the script; but that of a child which the job has forked ends the child.
void call(JobFunctions::Function& function, zval* argument = nullptr) {
  if (!ZEND_FCI_INITIALIZED(function.info)) return;
  zval result;
  ZVAL_UNDEF(&result);
  function.info.retval = &result;
  function.info.params = argument;
  function.info.param_count = argument != nullptr ? 1 : 0;
  zend_call_function(&function.info, &function.cache);
  zval_ptr_dtor(&result);
  if (!worker().is_fork && forget_exit()) worker().job.exited = true;
}

void make_job(zval* job, Phase phase) {
  const WorkerProcess& process = worker();
  switch (phase) {
    case Phase::kRequest: begin_request(job); break;
    case Phase::kEvent:
      begin_event();
      make_event_job(job, process.links.event(),
                     process.links.event_of_gateways ? process.links.gateways.event_gateway() : 0);
      break;
    default:
      begin_callback();
      make_callback_job(job, process.job.callback.number);
      break;
  }
}

void handle(JobFunctions& functions, Phase phase) {
  WorkerProcess& process = worker();
  zval job;
  ZVAL_UNDEF(&job);
  make_job(&job, phase);
  process.loop.in_transition = false;
  call(functions.handle, &job);
  zval_ptr_dtor(&job);
  if (EG(exception) == nullptr) call(functions.settle);
}

void warm(JobFunctions& functions) {
  WorkerProcess& process = worker();
  begin_warming();
  process.loop.in_transition = false;
  call(functions.warm);
}

}  // namespace

void serve(JobFunctions& functions) {
  WorkerProcess& process = worker();
  process.loop.in_transition = true;  // a bailout leaves it set: the script restarts, and that resets it
  end_boot();
  while (EG(exception) == nullptr) {
    process.job.exited = false;  // of the job before
    if (std::exchange(process.isolation.warms, false)) {
      warm(functions);
    } else {
      const Phase phase = wait_for_job();
      if (phase == Phase::kLeaving) break;
      handle(functions, phase);
    }
    if (EG(exception) != nullptr) return;  // within the job: the answer is the error's
    if (process.is_fork) ::_exit(EXIT_SUCCESS);
    process.loop.in_transition = true;
    end_job();
  }
  if (EG(exception) != nullptr) return;
  begin_leaving();
  process.loop.in_transition = false;
}

}  // namespace laraman::php
