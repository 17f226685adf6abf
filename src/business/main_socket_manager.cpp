#include "laraman/business/main_socket_manager.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

#include "base/log.h"
#include "business/handler_threads.h"
#include "business/link.h"

namespace laraman::business {

struct MainSocketManager::Implementation {
  Implementation(EventHandler& handler_, TaskSocketManager& tasks_, MainSocketOptions options_)
      : handler(handler_), tasks(tasks_), options(std::move(options_)) {
    options.window = std::max(1U, options.window);
    if (!options.on_problem) {
      options.on_problem = [](const Error& error) { log::warning("business error=\"{}\"", error.message()); };
    }
  }

  bool all_registered() const {
    return std::all_of(links.begin(), links.end(), [](const auto& link) { return link->registered(); });
  }

  EventHandler& handler;
  TaskSocketManager& tasks;
  MainSocketOptions options;
  std::unique_ptr<HandlerThreads> handlers;
  std::vector<std::unique_ptr<Link>> links;  // by number of the gateway; after start() only they themselves change
  std::mutex mutex;
  std::condition_variable changed;  // a registration began or ended
};

MainSocketManager::MainSocketManager(EventHandler& handler, TaskSocketManager& tasks, MainSocketOptions options)
    : implementation_(std::make_unique<Implementation>(handler, tasks, std::move(options))) {}

MainSocketManager::~MainSocketManager() {
  if (Result<void> stopped = stop(); !stopped) implementation_->options.on_problem(stopped.error());
}

void MainSocketManager::start() {
  Implementation& it = *implementation_;
  it.handlers =
      std::make_unique<HandlerThreads>(it.handler, it.tasks, it.options.handler_threads, it.options.on_problem);
  const std::vector<GatewayAddress>& gateways = it.tasks.gateways();
  for (std::size_t i = 0; i < gateways.size(); ++i) {
    it.links.push_back(
        std::make_unique<Link>(i, gateways[i].worker, it.tasks.options().secret, it.options, *it.handlers, [&it] {
          const std::lock_guard lock(it.mutex);
          it.changed.notify_all();
        }));
  }
  for (const auto& link : it.links) {
    if (Result<void> started = link->start(); !started) it.options.on_problem(started.error());
  }
}

Result<void> MainSocketManager::wait_registered(Duration timeout) {
  Implementation& it = *implementation_;
  std::unique_lock lock(it.mutex);
  if (it.changed.wait_for(lock, timeout, [&] { return it.all_registered(); })) return {};
  Error error{ErrorCode::kTimeout, "", "", ""};
  for (const auto& link : it.links) {
    if (link->registered()) continue;
    if (!error.what.empty()) error.what += "; ";
    error.what += "not registered: " + link->last_error().message();
  }
  return error;
}

Result<void> MainSocketManager::stop(Duration longest) {
  Implementation& it = *implementation_;
  if (!it.handlers) return {};
  const std::uint64_t dropped = it.handlers->counters().dropped;
  for (const auto& link : it.links) link->stop(monotonic_now() + longest);
  bool drained = true;
  for (const auto& link : it.links) drained = link->wait_ended() && drained;
  it.handlers->stop();
  if (drained && it.handlers->counters().dropped == dropped) return {};
  return Error{ErrorCode::kTimeout, "not every event was finished when the business stopped", "", ""};
}

std::size_t MainSocketManager::registered() const {
  const auto& links = implementation_->links;
  return static_cast<std::size_t>(
      std::count_if(links.begin(), links.end(), [](const auto& link) { return link->registered(); }));
}

MainSocketManager::Counters MainSocketManager::counters() const {
  Counters counters;
  if (implementation_->handlers) {
    const HandlerThreads::Counters& of = implementation_->handlers->counters();
    counters.handled = of.handled;
    counters.exceptions = of.exceptions;
    counters.dropped = of.dropped;
  }
  for (const auto& link : implementation_->links) {
    counters.registrations += link->registrations();
    counters.unacknowledged += link->unacknowledged();
  }
  return counters;
}

}  // namespace laraman::business
