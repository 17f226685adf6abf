// A program that stands in for a role: this test program, executed again. What it does is in a file, so that a test can
// change it between two starts; what it has seen it writes into another.
#pragma once

#include <string>
#include <vector>

namespace laraman::supervisor::test {

// Arguments that make this program a stand-in that is called `name` and has its files in `directory`:
//   <name>.does   one of: "ready"; "fail TEXT": says so and exits; "silent": never ready; "exit N"; "stubborn": ready,
//   deaf
//                 to TERM and INT; "slow": ready, takes half a second to leave after TERM; "brief": ready, and dies
//                 soon
//   <name>.saw    lines: "start PID", "TERM", "INT", "end"
std::vector<std::string> stand_in_arguments(const std::string& directory, const std::string& name);

// Runs it if the command line says so, and returns its exit code; else -1.
int run_stand_in(int argc, char** argv);

// Path of this program.
std::string this_program();

}  // namespace laraman::supervisor::test
