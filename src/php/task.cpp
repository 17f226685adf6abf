#include "php/task.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "php/job.h"
#include "php/session_watch.h"
#include "php/worker.h"

namespace laraman::php {
namespace {

constexpr std::size_t kMaxAtOnce = 16;
constexpr int kDeepest = 4;  // tasks of tasks

// The last byte of what a child writes: what is before it is complete.
constexpr char kResult = 'R';
constexpr char kExit = 'X';

// Whether a descriptor is the terminal's or the log's, or a copy of it.
bool is_standard_stream(int descriptor) {
  struct stat one {};
  struct stat other {};
  if (::fstat(descriptor, &one) != 0) return false;
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fstat(standard, &other) == 0 && one.st_ino == other.st_ino && one.st_dev == other.st_dev) return true;
  }
  return false;
}

// Those of the child's own come later.
void cut_sockets() {
  const UniqueFd nowhere(::open("/dev/null", O_RDWR | O_CLOEXEC));
  for (const int socket : open_sockets()) {
    if (!is_standard_stream(socket)) ::dup3(nowhere.get(), socket, O_CLOEXEC);
  }
}

void end_with_the_worker(pid_t worker_pid) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != worker_pid) ::_exit(EXIT_FAILURE);
}

// No job lasts longer, so no task does. Where the worker waits it kills the child before.
void limit_time(Duration max_time) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(max_time).count();
  if (seconds > 0) ::alarm(static_cast<unsigned>(seconds));
}

void write_answer(int output, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(output, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) ::_exit(EXIT_FAILURE);  // the reader is gone
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

// Calls the function and tells its result. No object with a destructor here: PHP may jump over the frame.
void work(zend_fcall_info& function, zend_fcall_info_cache& cache, zval* input, int output) {
  begin_task();
  limit_time(worker().options.limits.max_time);
  zval result;
  ZVAL_UNDEF(&result);
  function.retval = &result;
  function.params = input;
  function.param_count = 1;
  zend_call_function(&function, &cache);
  if (EG(exception) != nullptr && forget_exit()) {
    worker().job.exited = true;
    write_answer(output, {&kExit, 1});
  } else if (EG(exception) != nullptr) {
    zend_exception_error(EG(exception), E_WARNING);
  } else if (Z_TYPE(result) == IS_STRING) {
    write_answer(output, view(Z_STR(result)));
    write_answer(output, {&kResult, 1});
  }
  ::close(output);
  zval_ptr_dtor(&result);
  end_task();
}

[[noreturn]] void run_child(zend_fcall_info function, zend_fcall_info_cache cache, zval input, int output,
                            pid_t worker_pid) {
  WorkerProcess& process = worker();
  end_with_the_worker(worker_pid);
  ++process.task_depth;
  for (Task& task : process.tasks) task.output.release();  // the worker's; they are closed when this process ends
  process.tasks.clear();
  cut_sockets();
  zend_try { work(function, cache, &input, output); }
  zend_end_try();
  ::_exit(EXIT_SUCCESS);
}

// False: no child can be made.
bool start(const zend_fcall_info& function, const zend_fcall_info_cache& cache, zval* input, bool is_awaited) {
  if (worker().task_depth >= kDeepest) {
    log::error("task not begun reason=\"it is a task of a task, {} deep\"", worker().task_depth);
    return false;
  }
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
  UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  const pid_t self = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) run_child(function, cache, *input, writing.release(), self);
  if (pid < 0) {
    log::error("task not begun errno={}", errno);
    return false;
  }
  if (!is_awaited) reading.reset();
  ::fcntl(reading.get(), F_SETFL, O_NONBLOCK);
  worker().tasks.push_back({pid, std::move(reading), input, {}});
  return true;
}

// Reads what has come. The answer is complete when the child closes its end.
void read_answer(Task& task) {
  std::array<char, 64 * 1024> buffer;
  while (true) {
    const ssize_t size = ::read(task.output.get(), buffer.data(), buffer.size());
    if (size > 0) {
      task.answer.append(buffer.data(), static_cast<std::size_t>(size));
      continue;
    }
    if (size < 0 && errno == EINTR) continue;
    if (size == 0 || errno != EAGAIN) task.output.reset();
    return;
  }
}

// Puts what a task has said in the place of its input. `text`: all of it, if it is over.
void put_answer(zval* place, std::string_view text, bool is_late) {
  zval answer;
  array_init_size(&answer, 2);
  if (!is_late && text.ends_with(kResult)) {
    add_next_index_stringl(&answer, text.data(), text.size() - 1);
    add_next_index_null(&answer);
  } else {
    add_next_index_null(&answer);
    add_next_index_string(&answer, is_late ? "late" : text.ends_with(kExit) ? "exit" : "failed");
  }
  zval_ptr_dtor(place);
  ZVAL_COPY_VALUE(place, &answer);
}

std::size_t count_running(const std::vector<Task>& tasks) {
  return static_cast<std::size_t>(
      std::count_if(tasks.begin(), tasks.end(), [](const Task& task) { return task.output.get() >= 0; }));
}

// Waits until one of the children has written something, or the time is over.
void wait_for_answers(WorkerProcess& process, TimePoint deadline) {
  process.loop.fds.clear();
  for (const Task& task : process.tasks) process.loop.fds.push_back({task.output.get(), POLLIN, 0});
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - monotonic_now()).count();
  if (left <= 0 || ::poll(process.loop.fds.data(), process.loop.fds.size(), static_cast<int>(left)) <= 0) return;
  for (std::size_t i = 0; i < process.loop.fds.size(); ++i) {
    if (process.loop.fds[i].revents != 0) read_answer(process.tasks[i]);
  }
}

// Kills children whose answer is not complete.
void stop_waiting(std::vector<Task>& tasks) {
  for (Task& task : tasks) {
    if (task.output.get() >= 0) ::kill(task.pid, SIGKILL);
    task.output.reset();
    task.input = nullptr;
  }
}

// The job's time is up: PHP ends it when this returns.
bool is_interrupted() { return zend_atomic_bool_load_ex(&EG(vm_interrupt)); }

}  // namespace

void run_tasks(const zend_fcall_info& function, const zend_fcall_info_cache& cache, HashTable* inputs, double seconds,
               zval* answers) {
  WorkerProcess& process = worker();
  stop_waiting(process.tasks);  // of a job that has ended while it waited
  const bool waits = seconds > 0;
  const TimePoint deadline = monotonic_now() + std::chrono::duration_cast<Duration>(
                                                   std::chrono::duration<double>(std::min(seconds, 86'400.0)));
  ZVAL_ARR(answers, zend_array_dup(inputs));
  const auto take_answers = [&](bool is_late) {
    for (Task& task : process.tasks) {
      if (task.input == nullptr || (task.output.get() >= 0 && !is_late)) continue;
      if (waits) put_answer(task.input, task.answer, task.output.get() >= 0);
      task.input = nullptr;
    }
  };
  zval* input;
  ZEND_HASH_FOREACH_VAL(Z_ARRVAL_P(answers), input) {
    while (waits && count_running(process.tasks) >= kMaxAtOnce && monotonic_now() < deadline && !is_interrupted()) {
      wait_for_answers(process, deadline);
      take_answers(false);
    }
    const bool is_late = waits && (monotonic_now() >= deadline || is_interrupted());
    if (is_late || !start(function, cache, input, waits)) put_answer(input, {}, is_late);
  }
  ZEND_HASH_FOREACH_END();
  while (count_running(process.tasks) > 0 && monotonic_now() < deadline && !is_interrupted()) {
    wait_for_answers(process, deadline);
  }
  take_answers(true);
  stop_waiting(process.tasks);
  reap_tasks();
}

void reap_tasks() {
  std::erase_if(worker().tasks,
                [](const Task& task) { return task.output.get() < 0 && ::waitpid(task.pid, nullptr, WNOHANG) != 0; });
}

void wait_for_tasks() {
  for (const Task& task : worker().tasks) ::waitpid(task.pid, nullptr, 0);
  worker().tasks.clear();
}

}  // namespace laraman::php
