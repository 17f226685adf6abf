#include "cli/command_line.h"

int main(int argc, char** argv) { return laraman::cli::run(argc, argv); }
