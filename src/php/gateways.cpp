#include "php/gateways.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace laraman::php {
namespace {

constexpr std::uint32_t kWindow = 32;  // most events that a gateway sends ahead

business::Registration registration_of(const GatewayPlace& place) {
  business::Registration registration;
  registration.events = place.events;
  registration.library = "laraman/" LARAMAN_VERSION;
  registration.window = kWindow;
  return registration;
}

business::MainSocket::Options main_options_of(const GatewayPlace& place) {
  business::MainSocket::Options options;
  options.connect_timeout = place.connect_timeout;
  options.send_timeout = place.timeout;
  options.secret = place.secret;
  if (!place.heartbeat_text.empty()) options.heartbeat = place.heartbeat;
  options.heartbeat_text = place.heartbeat_text;
  return options;
}

}  // namespace

std::size_t Gateways::add(GatewayPlace place) {
  const std::size_t index = added_++;
  if (index < gateways_.size() && gateways_[index]->place == place) return added_;
  auto gateway = std::make_unique<Gateway>();
  gateway->place = std::move(place);
  gateway->link.configure(gateway->place.worker, registration_of(gateway->place), main_options_of(gateway->place));
  if (index < gateways_.size()) {
    gateways_[index] = std::move(gateway);
  } else {
    gateways_.push_back(std::move(gateway));
  }
  return added_;
}

void Gateways::open() {
  gateways_.resize(added_);
  current_ = 0;
  for (const auto& gateway : gateways_) {
    if (gateway->link.open()) continue;
    log::warning("gateway not reached address={} error=\"{}\"", gateway->place.worker, gateway->link.error());
    gateway->link.retry_later();
  }
}

void Gateways::add_to(std::vector<pollfd>& fds) const {
  for (const auto& gateway : gateways_) fds.push_back({gateway->link.fd(), POLLIN, 0});
}

int Gateways::timeout_ms() const {
  int timeout = -1;
  for (const auto& gateway : gateways_) {
    const int wait = gateway->link.timeout_ms();
    if (wait >= 0 && (timeout < 0 || wait < timeout)) timeout = wait;
  }
  return timeout;
}

void Gateways::tend(std::span<const pollfd> fds) {
  for (std::size_t i = 0; i < fds.size() && i < gateways_.size(); ++i) gateways_[i]->link.tend(fds[i].revents != 0);
}

bool Gateways::take_event() {
  for (std::size_t i = 1; i <= gateways_.size(); ++i) {
    const std::size_t index = (current_ + i) % gateways_.size();
    if (!gateways_[index]->link.take_event()) continue;
    current_ = index;
    return true;
  }
  return false;
}

void Gateways::finish_event() {
  gateways_[current_]->link.finish_event();
  gateways_[current_]->link.flush_batch();
}

void Gateways::flush() {
  for (const auto& gateway : gateways_) gateway->link.flush();
}

void Gateways::leave() {
  for (const auto& gateway : gateways_) gateway->link.leave();
}

bool Gateways::has_left() const {
  return std::all_of(gateways_.begin(), gateways_.end(), [](const auto& gateway) { return gateway->link.has_left(); });
}

void Gateways::close() {
  for (const auto& gateway : gateways_) gateway->link.close();
}

void Gateways::begin_sending() {
  close();
  for (const auto& gateway : gateways_) gateway->task.reset();
}

business::TaskSocket* Gateways::task_of(std::size_t number) {
  if (number == 0 || number > gateways_.size() || gateways_[number - 1]->place.task.empty()) {
    error_ = "there is no gateway of that number, or it has no task address";
    return nullptr;
  }
  Gateway& gateway = *gateways_[number - 1];
  const TimePoint now = monotonic_now();
  if (!gateway.task) {
    business::TaskSocket::Options options;
    options.connect_timeout = gateway.place.connect_timeout;
    options.timeout = gateway.place.timeout;
    options.secret = gateway.place.secret;
    gateway.task.emplace(gateway.place.task, options);
  } else if (now - gateway.used > gateway.place.idle_limit) {
    gateway.task->close();
  }
  gateway.used = now;
  return &*gateway.task;
}

bool Gateways::command(std::size_t number, std::uint32_t id, std::string_view message) {
  business::TaskSocket* task = task_of(number);
  if (task == nullptr) return false;
  EventLink& link = gateways_[number - 1]->link;
  if (!link.check_size(message.size())) {
    error_ = link.error();
    return false;
  }
  if (auto sent = task->command(id, message); !sent.ok()) {
    error_ = sent.error().message();
    return false;
  }
  return true;
}

bool Gateways::query(std::size_t number, std::uint32_t id, std::string_view message) {
  business::TaskSocket* task = task_of(number);
  if (task == nullptr) return false;
  auto reply = task->query(id, message);
  if (!reply.ok()) {
    error_ = reply.error().message();
    return false;
  }
  reply_ = std::move(*reply);
  return true;
}

}  // namespace laraman::php
