// HandlerThreads: the threads that call the application's EventHandler. Events of one connection always go to the same
// thread, so they stay in order.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "laraman/business/event_handler.h"
#include "laraman/business/task_socket_manager.h"

namespace laraman::business {

class RegistrationState;

class HandlerThreads {
 public:
  struct Counters {
    std::atomic<std::uint64_t> handled = 0;
    std::atomic<std::uint64_t> exceptions = 0;
    std::atomic<std::uint64_t> dropped = 0;
  };
  using OnProblem = std::function<void(const Error&)>;

  HandlerThreads(EventHandler& handler, TaskSocketManager& tasks, unsigned threads, const OnProblem& on_problem);
  HandlerThreads(const HandlerThreads&) = delete;
  HandlerThreads& operator=(const HandlerThreads&) = delete;
  ~HandlerThreads();

  // Any thread. The caller bounds how many wait.
  void handle(std::shared_ptr<RegistrationState> registration, Event event);
  // Counts an event that no thread gets.
  void drop() { ++counters_.dropped; }
  // Ends the threads when they have handled all events.
  void stop();

  const Counters& counters() const { return counters_; }

 private:
  struct Job {
    std::shared_ptr<RegistrationState> registration;
    Event event;
  };
  struct Worker {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<Job> jobs;
    bool stop = false;
    std::thread thread;
  };

  void run(Worker& worker);
  void call(NetBus& bus, const Event& event);

  EventHandler& handler_;
  TaskSocketManager& tasks_;
  const OnProblem on_problem_;
  Counters counters_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace laraman::business
