// The PHP role's program, `laraman-php8.2`: one for each PHP minor version, since each links that PHP's library. It
// lies beside `laraman` (a checkout, vendor/bin), or in lib/laraman of the same prefix (an installation).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace laraman::supervisor {

// The PHP versions ("8.2", "8.4") that the program `laraman`, a path without symbolic links, has a program for; lowest
// first.
std::vector<std::string> php_versions_of(const std::string& laraman);

// Path of the program for the PHP of that version. Where there is none, the path that it would have when installed.
std::string php_program_of(const std::string& laraman, const std::string& php_version);

// The program that runs an application.
struct PhpProgram {
  std::string php_version;  // "8.2": with `laraman`, it names the program
  std::string description;  // "Laraman 0.2.0, PHP 8.2.29", in its own words
};

// Finds the one for the PHP version `wanted` ("8.2.29"), and has it tell whether it can run here: its library is there
// and is of the PHP that it was built for. Empty: the version of the program `php` is wanted, and if that cannot be
// run, the only version that there is. `laraman` is a path as of path_started_as(). An error says what to install.
Result<PhpProgram> find_php_program(const std::string& laraman, const std::string& php, std::string wanted);

}  // namespace laraman::supervisor
