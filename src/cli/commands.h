// What each subcommand does. All return an exit code (cli/exit_code.h) and print what a person needs to know.
#pragma once

#include <cstdint>
#include <string>

#include "cli/role_start.h"
#include "cli/settings.h"
#include "server/gateway_role.h"

namespace laraman::cli {

struct Switches {
  bool daemon = false;    // -d
  bool graceful = false;  // -g
  bool json = false;
  bool echo = false;
  bool watch_files = false;     // --watch of start
  bool repeat = false;          // --watch of status and connections
  bool follow = false;          // logs: goes on with what is added
  std::uint64_t lines = 50;     // logs: of the end
  bool check_config = false;    // reads and checks the settings, prints them, and does nothing else
  bool no_application = false;  // --no-app: does not ask the application for its settings
};

// How the program was called: what a reload reads the settings from again.
struct Invocation {
  std::string program;    // the path by which laraman was started (supervisor/executable.h)
  Given flags;            // as they were typed
  std::string directory;  // the current one
};

int start_command(const Settings& settings, const Switches& switches, const Invocation& invocation);
int restart_command(const Settings& settings, const Switches& switches, const Invocation& invocation);

int stop_command(const Settings& settings, const Switches& switches, bool own_timeout);
int reload_command(const Settings& settings);
int status_command(const Settings& settings, const Switches& switches);
int connections_command(const Settings& settings, const Switches& switches);
int logs_command(const Settings& settings, const Switches& switches);

int gateway_command(const Settings& settings, const Switches& switches);
int php_command(const Settings& settings, const Invocation& invocation);

// What the gateway is made of. kInvalid or kNotFound where the settings cannot be what is meant; opens nothing.
Result<server::GatewayOptions> gateway_options(const Settings& settings);

// Prints "ok" and the settings that `command` (one of Commands) has.
int show_config(const Settings& settings, unsigned command);

// Raises the limit of open files to what the system allows. Each connection is one.
void raise_file_limit();

}  // namespace laraman::cli
