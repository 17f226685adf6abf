#include "php/time_limit.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "php/worker.h"

namespace laraman::php {
namespace {

constexpr int kMaxFrames = 20;

// A text in a fixed buffer: the signal handler must not allocate.
class Report {
 public:
  Report& operator<<(std::string_view text) {
    const std::size_t count = std::min(text.size(), buffer_.size() - size_);
    for (const char c : text.substr(0, count)) buffer_[size_++] = static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    return *this;
  }
  Report& operator<<(std::uint32_t number) {
    std::array<char, 10> digits{};
    std::size_t at = digits.size();
    do {
      digits[--at] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number > 0);
    return *this << std::string_view(&digits[at], digits.size() - at);
  }
  void send_line(int fd) {
    size_ = std::min(size_, buffer_.size() - 1);
    buffer_[size_++] = '\n';
    if (::send(fd, buffer_.data(), size_, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) size_ = 0;  // the pool is gone
  }

 private:
  std::array<char, 4096> buffer_{};
  std::size_t size_ = 0;
};

volatile std::sig_atomic_t time_is_up = 0;
decltype(zend_ini_entry::on_modify) set_timeout_setting = nullptr;  // PHP's own part of set_time_limit()
void (*next_interrupt)(zend_execute_data*) = nullptr;

bool has_job(const WorkerProcess& process) {
  return process.loop.phase == Phase::kRequest || process.loop.phase == Phase::kEvent ||
         process.loop.phase == Phase::kCallback;
}

void describe_frame(Report& report, const zend_execute_data* frame) {
  const zend_function* function = frame->func;
  if (function->common.scope != nullptr) report << view(function->common.scope->name) << "::";
  report << (function->common.function_name != nullptr ? view(function->common.function_name) : "{main}") << "()";
  if (!ZEND_USER_CODE(function->type) || function->op_array.filename == nullptr) return;
  report << " at " << view(function->op_array.filename);
  if (frame->opline != nullptr) report << ":" << frame->opline->lineno;
}

// What PHP does now, innermost first. Only looks: in the handler PHP may be anywhere, and if it was just changing what
// is read here, the worst is that a process ends which is to end.
void tell_stack(const WorkerProcess& process) {
  Report report;
  report << "stack ";
  int count = 0;
  for (const zend_execute_data* frame = EG(current_execute_data); frame != nullptr && count < kMaxFrames;
       frame = frame->prev_execute_data) {
    if (frame->func == nullptr) continue;
    if (count++ > 0) report << " < ";
    describe_frame(report, frame);
  }
  report.send_line(process.options.pool.get());
}

void tell_job(const WorkerProcess& process) {
  Report report;
  report << "late ";
  if (process.loop.phase == Phase::kRequest) {
    const char* method = SG(request_info).request_method;
    const char* uri = SG(request_info).request_uri;
    report << (method != nullptr ? method : "") << " " << (uri != nullptr ? uri : "");
  } else if (process.loop.phase == Phase::kEvent) {
    report << "event of " << process.links.event().path << " connection " << process.links.event().connection;
  } else {
    report << "callback";
  }
  report.send_line(process.options.pool.get());
}

void on_signal(int) {
  const int saved = errno;
  WorkerProcess& process = worker();
  const std::int64_t deadline = process.options.slot->deadline_ns.load(std::memory_order_relaxed);
  if (time_is_up != 0) {
    tell_stack(process);
  } else if (has_job(process) && deadline != 0 && monotonic_ns() >= deadline) {  // else that job is over by now
    time_is_up = 1;
    if (process.loop.phase == Phase::kRequest) process.job.response.cut_in_signal();
    tell_job(process);
    zend_atomic_bool_store_ex(&EG(vm_interrupt), true);
  }
  errno = saved;
}

void on_interrupt(zend_execute_data* frame) {
  if (time_is_up != 0) {
    tell_stack(worker());
    ::_exit(EXIT_FAILURE);
  }
  if (next_interrupt != nullptr) next_interrupt(frame);
}

std::int64_t now_plus(Duration duration) {
  return monotonic_ns() + std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count();
}

// Never brings a deadline nearer: the pool has looked when it must look again.
void extend_to(const WorkerProcess& process, std::int64_t deadline) {
  auto& current = process.options.slot->deadline_ns;
  if (current.load(std::memory_order_relaxed) < deadline) current.store(deadline, std::memory_order_relaxed);
}

ZEND_INI_MH(on_time_limit) {
  const int result = set_timeout_setting(entry, new_value, mh_arg1, mh_arg2, mh_arg3, stage);
  WorkerProcess* process = find_worker();
  if (result != SUCCESS || process == nullptr || process->loop.in_transition || process->is_fork ||
      !has_job(*process)) {
    return result;
  }
  if (process->options.slot->deadline_ns.load(std::memory_order_relaxed) == 0) return result;
  if (EG(timeout_seconds) <= 0) {
    process->options.slot->deadline_ns.store(kNoDeadline, std::memory_order_relaxed);
  } else {
    extend_to(*process, now_plus(std::chrono::seconds(EG(timeout_seconds))));
  }
  return result;
}

}  // namespace

void watch_time_limit() {
  auto* entry =
      static_cast<zend_ini_entry*>(zend_hash_str_find_ptr(EG(ini_directives), ZEND_STRL("max_execution_time")));
  if (entry != nullptr) {
    set_timeout_setting = entry->on_modify;
    entry->on_modify = on_time_limit;
  }
  next_interrupt = zend_interrupt_function;
  zend_interrupt_function = on_interrupt;
}

void handle_time_is_up() {
  struct sigaction action {};
  action.sa_handler = on_signal;  // without SA_RESTART: sleep() and its like are to end
  ::sigaction(time_is_up_signal(), &action, nullptr);
}

void start_clock() {
  WorkerProcess& process = worker();
  if (process.options.limits.max_time > Duration::zero() && !process.is_fork) {
    process.options.slot->deadline_ns.store(now_plus(process.options.limits.max_time), std::memory_order_relaxed);
  }
}

void restart_clock() {
  const WorkerProcess& process = worker();
  if (process.is_fork || process.options.slot->deadline_ns.load(std::memory_order_relaxed) == 0) return;
  extend_to(process, now_plus(process.options.limits.max_time));
}

void stop_clock() {
  leave_if_time_is_up();
  if (!worker().is_fork) worker().options.slot->deadline_ns.store(0, std::memory_order_relaxed);
}

void leave_if_time_is_up() {
  if (time_is_up != 0) ::_exit(EXIT_FAILURE);
}

}  // namespace laraman::php
