#include "supervisor/reloader.h"

#include <csignal>
#include <utility>

#include "base/log.h"
#include "base/terminal.h"

namespace laraman::supervisor {

// PHP outside the workers is to find the task socket before the application's processes start.
Reloader::Reloader(const SupervisorOptions& options, Foundation& foundation, Roles& roles, ServiceNotice& service)
    : options_(options),
      foundation_(foundation),
      roles_(roles),
      service_(service),
      reload_(foundation.loop(), options, roles.php(), roles.application(), foundation.scoreboard(),
              [&foundation] { foundation.local_sockets().follow_link(); }) {}

void Reloader::begin() {
  foundation_.local_sockets().watch({[this] { roles_.gateway().tell(SIGHUP); }, [this] { replace_workers(); }});
  if (options_.watch.empty()) return;
  watcher_ = std::make_unique<FileWatcher>(foundation_.loop(), options_.watch, [this] { reload_for_change(); });
}

void Reloader::stop() {
  watcher_.reset();
  foundation_.local_sockets().end_watch();
  changed_again_ = replaces_again_ = false;
  reload_.cancel();
}

void Reloader::reload(const Reload::OnDone& on_done) {
  service_.reloading();
  reopen_logs();                  // a deploy may have switched a link in their paths
  roles_.gateway().tell(SIGHUP);  // its certificates
  reload_.begin([this, on_done](const Result<std::vector<std::string>>& outcome) {
    if (outcome && terminal::is_shown()) terminal::print("Laraman has reloaded");
    service_.ready();
    const bool is_refused = !outcome && outcome.error().code == ErrorCode::kLimit;
    on_done(outcome);
    if (!is_refused && std::exchange(replaces_again_, false)) replace_workers();
  });
}

// Their sockets are gone. Those of a reload under way may have made theirs before that.
void Reloader::replace_workers() {
  reload([this](const Result<std::vector<std::string>>& outcome) {
    if (outcome) return;
    if (outcome.error().code == ErrorCode::kLimit) {
      replaces_again_ = true;
      return;
    }
    log::error("workers not replaced, requests may get 503 error=\"{}\"", outcome.error().message());
  });
}

void Reloader::reopen_logs() {
  LogFile* log_file = foundation_.log_file();
  Result<void> reopened = log_file != nullptr ? log_file->reopen() : Result<void>();
  if (!reopened) log::error("log not reopened error=\"{}\"", reopened.error().message());
  roles_.gateway().tell(SIGUSR1);  // its access log
}

// Files that change during a reload lead to another one behind it.
void Reloader::reload_for_change() {
  if (for_change_) {
    changed_again_ = true;
    return;
  }
  log::info("files have changed");
  for_change_ = true;
  reload([this](const Result<std::vector<std::string>>&) {
    for_change_ = false;
    if (std::exchange(changed_again_, false)) reload_for_change();
  });
}

}  // namespace laraman::supervisor
