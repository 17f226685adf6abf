// What the roles do first, in whichever program they are.
#pragma once

#include <string>

#include "cli/settings.h"

namespace laraman::cli {

// Shows the process under its program's name, also if the program was started by a descriptor (ProcessSpec).
void name_process(const char* argv0);

// Prints "laraman: …" to standard error.
void complain(const std::string& message);

// Takes the variables of secret settings out of the environment: neither PHP code nor its reports are to show them.
void forget_secrets();

// False, after a complaint, if the log cannot be written.
bool start_log(const Settings& settings, const char* role, const std::string& file = {});

}  // namespace laraman::cli
