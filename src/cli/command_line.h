// The command line: `laraman <command> [options]`.
#pragma once

namespace laraman::cli {

// Does what the command line says; returns the exit code (cli/exit_code.h).
int run(int argc, const char* const* argv);

}  // namespace laraman::cli
