#include "supervisor/reload.h"

#include <fmt/ranges.h>

#include <utility>

#include "base/log.h"

namespace laraman::supervisor {
namespace {

// How often it looks whether the old workers have begun to leave, and how long it waits for one with a long job.
constexpr Duration kHandoverPoll = std::chrono::milliseconds(5);
constexpr Duration kHandoverLimit = std::chrono::seconds(2);

}  // namespace

Reload::Reload(net::EventLoop& loop, const SupervisorOptions& options, Role& php, ApplicationProcesses& application,
               const Scoreboard& scoreboard, std::function<void()> on_replaced)
    : loop_(loop),
      options_(options),
      php_(php),
      application_(application),
      scoreboard_(scoreboard),
      on_replaced_(std::move(on_replaced)),
      handover_poll_(loop, [this] { finish(); }) {}

void Reload::begin(OnDone on_done) {
  if (handover_) {
    handover_->limit = loop_.now();
    finish();
  }
  if (on_done_) return on_done(Error{ErrorCode::kLimit, "a reload is under way", "", "wait for its end"});
  on_done_ = std::move(on_done);
  log::info("reload begins");
  if (!options_.asks_for_settings) return reconfigure(nullptr);
  if (Result<void> asked = ask_for_settings(); !asked) fail(asked.error());
}

void Reload::cancel() {
  if (settings_call_) settings_call_->kill();
}

bool Reload::reap(pid_t pid, int status) {
  std::unique_ptr<ArtisanCall> call = std::move(settings_call_);
  if (!call) return false;
  if (call->reap(pid, status)) return true;
  settings_call_ = std::move(call);
  return false;
}

Result<void> Reload::ask_for_settings() {
  auto call = ArtisanCall::start(
      loop_, settings_question(options_.server.php, options_.artisan_directory, options_.server.start_timeout),
      [this](const Result<nlohmann::json>& answer) { answer ? reconfigure(*answer) : fail(answer.error()); });
  if (!call) return std::move(call.error());
  settings_call_ = std::move(*call);
  return {};
}

void Reload::reconfigure(const nlohmann::json& application) {
  Result<Reconfiguration> settings = Reconfiguration{options_.php.arguments, {}};
  if (options_.reconfigure) settings = options_.reconfigure(application);
  if (!settings) return fail(settings.error());
  Result<void> begun =
      application_.list(false, [this, settings = *settings](Result<std::vector<ApplicationProcesses::Wanted>> wanted) {
        wanted ? replace_workers(settings, std::move(*wanted)) : fail(wanted.error());
      });
  if (!begun) fail(begun.error());
}

void Reload::replace_workers(const Reconfiguration& settings, std::vector<ApplicationProcesses::Wanted> wanted) {
  RetiringWorkers old(scoreboard_);
  Result<void> begun = php_.replace(settings.php_arguments, [this, old, needs_restart = settings.needs_restart,
                                                             wanted = std::move(wanted)](const Result<void>& outcome) {
    if (!outcome) return fail(outcome.error());
    on_replaced_();
    application_.run(wanted);
    handover_.emplace(Handover{old, loop_.now() + kHandoverLimit, needs_restart});
    finish();
  });
  if (!begun) fail(begun.error());
}

void Reload::finish() {
  if (!handover_->old.all_leave() && loop_.now() < handover_->limit) {
    handover_poll_.start(kHandoverPoll);
    return;
  }
  handover_poll_.stop();
  const std::vector<std::string> needs_restart = std::move(handover_->needs_restart);
  handover_.reset();
  log::info("reload done");
  if (!needs_restart.empty()) {
    log::warning("settings have changed that need a restart settings={}", fmt::join(needs_restart, ","));
  }
  end(needs_restart);
}

void Reload::fail(const Error& error) {
  log::error("reload failed, the old workers stay error=\"{}\"", error.message());
  end(error);
}

void Reload::end(const Result<std::vector<std::string>>& outcome) { std::exchange(on_done_, nullptr)(outcome); }

}  // namespace laraman::supervisor
