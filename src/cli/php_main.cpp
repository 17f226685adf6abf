// The program of the PHP role, which alone links PHP. `laraman` starts it: with all settings as flags, as
// php_arguments() writes them; or with --version, to hear whether it can run here.
#include <fmt/core.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "base/handed_down.h"
#include "base/minor_version.h"
#include "cli/exit_code.h"
#include "cli/role_start.h"
#include "cli/settings.h"
#include "php/pool.h"
#include "php/version.h"

namespace laraman::cli {
namespace {

// "--name value --name value …"
std::optional<Given> read_flags(int argc, char** argv) {
  Given flags;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name(argv[i]);
    if (!name.starts_with("--") || i + 1 == argc) return std::nullopt;
    flags[std::string(name.substr(2))].emplace_back(argv[i + 1]);
  }
  return flags;
}

php::PoolOptions pool_options(const Settings& settings) {
  php::PoolOptions options = settings.pool;
  options.app = settings.app;
  options.workers = workers_of(settings);
  options.runtime_dir = settings.server.runtime_dir;
  options.worker_socket = settings.gateway.worker_socket;
  const backends::netsvr::BusinessServerOptions& business = settings.gateway.business;
  options.secret = business.secret;
  options.heartbeat = business.read_timeout / 3;
  options.heartbeat_text = business.heartbeat;
  return options;
}

// To the process that started this, the supervisor for example.
int refuse(const std::string& why) {
  StartNotice notice;
  if (notice.fd() < 0) complain(why);
  notice.failed(why);
  return kUsage;
}

// After an upgrade a reload starts the new program under the old server, whose gateway and scoreboard it shares.
Result<void> check_server_version() {
  const char* variable = std::getenv("LARAMAN_SERVER_VERSION");
  const std::string server = variable == nullptr ? LARAMAN_VERSION : variable;
  ::unsetenv("LARAMAN_SERVER_VERSION");
  if (minor_version(server) == minor_version(LARAMAN_VERSION)) return {};
  return Error{ErrorCode::kInvalid,
               fmt::format("the server that runs is Laraman {}, and the program for its workers is {} by now", server,
                           LARAMAN_VERSION),
               "", "only `laraman restart` brings in another minor version"};
}

int run_php(int argc, char** argv) {
  name_process(argv[0]);
  if (const Result<void> checked = php::check_php_library(); !checked) return refuse(checked.error().message());
  if (argc == 2 && std::string_view(argv[1]) == "--version") {
    fmt::print("Laraman {}, PHP {}\n", LARAMAN_VERSION, php::php_version());
    return kOk;
  }
  if (const Result<void> checked = check_server_version(); !checked) return refuse(checked.error().message());
  const std::optional<Given> flags = read_flags(argc, argv);
  if (!flags) return refuse("this program is started by `laraman start` or `laraman php`");
  const Result<Settings> settings = resolve_settings(*flags);
  if (!settings) return refuse(settings.error().message());
  forget_secrets();
  if (!start_log(*settings, "php")) return kFailure;
  return php::run_php_pool(pool_options(*settings));
}

}  // namespace
}  // namespace laraman::cli

int main(int argc, char** argv) { return laraman::cli::run_php(argc, argv); }
