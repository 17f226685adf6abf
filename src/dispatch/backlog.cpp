#include "dispatch/backlog.h"

namespace laraman::dispatch {

void Backlog::add(const Event& event) {
  ++events_;
  bytes_ += event.data.size();
  if (event.kind == Event::Kind::kClose) ++closes_;
}

void Backlog::remove(const Event& event) {
  --events_;
  bytes_ -= event.data.size();
  if (event.kind == Event::Kind::kClose) --closes_;
}

bool Backlog::relieved(bool by_bytes) const {
  return by_bytes ? bytes_ <= limits_.waiting_bytes / 2 * 3 : events_ <= limits_.waiting_events / 2 * 3;
}

void Backlog::check_pressure() {
  const bool over = events_ > limits_.waiting_events || bytes_ > limits_.waiting_bytes;
  const bool under = events_ < limits_.waiting_events / 2 && bytes_ < limits_.waiting_bytes / 2;
  if (!pressure_ && over) {
    pressure_ = true;
    observer_.on_pressure(true);
  } else if (pressure_ && under) {
    pressure_ = false;
    observer_.on_pressure(false);
  }
  if (!close_pressure_ && closes_ > limits_.waiting_closes) {
    close_pressure_ = true;
    observer_.on_close_pressure(true);
  } else if (close_pressure_ && closes_ <= limits_.waiting_closes / 2) {
    close_pressure_ = false;
    observer_.on_close_pressure(false);
  }
}

}  // namespace laraman::dispatch
